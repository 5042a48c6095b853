import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { keepStore } from "../../src/lib/workspace/known-store.ts";
import { openToTell } from "../../src/lib/workspace/tell.ts";
import { openWorkspace } from "../../src/lib/workspace/workspace.ts";
import { least } from "../support/config-workspace.ts";
import { test } from "../support/folder.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

/** A .env that others can read. */
async function refuseEnv(folder: string, line: string): Promise<void> {
  await writeFile(join(folder, ".env"), `${line}\n`);
  await chmod(join(folder, ".env"), 0o644);
}

/** A context in a folder with such a churn.yaml. */
async function given(folder: string, ...more: readonly string[]) {
  await writeFile(join(folder, "churn.yaml"), [least, ...more].join("\n"));
  return contextIn(folder, quietTerminal().terminal);
}

describe("what happened in a workspace", () => {
  /** Opens it with such a churn.yaml, once it has worked with its store. */
  async function told(folder: string, more: string, options?: Parameters<typeof openToTell>[1]) {
    await keepStore(await openWorkspace(await given(folder)));
    const { terminal, said } = quietTerminal();
    await given(folder, more);
    const opened = await openToTell(contextIn(folder, terminal), options);
    return { ...opened, said: said.map((line) => line.trim()).join(" ") };
  }

  test("is told without a warning where nothing is wrong", async ({ folder }) => {
    expect(await told(folder, "watchdog: { nights: 5 }")).toMatchObject({
      wrong: undefined,
      unasked: undefined,
      said: "",
    });
  });

  test("is told by the sections that are right, with a warning of the others", async ({ folder }) => {
    const { config, unasked, said } = await told(folder, "watchdog: { nights: 5 }\ngates: { row_count: many }");
    expect([config.watchdog.nights, unasked]).toEqual([5, undefined]);
    expect(said).toMatch(
      /^warning {2}churn\.yaml line \d+: gates\.row_count .*; defaults stand for gates; churn doctor shows all of it$/,
    );
  });

  test("is told without the registry where nobody knows which that is", async ({ folder }) => {
    for (const more of ["register: { model: 3 }", 'tracking: { uri: "gopher://example.org" }']) {
      const { unasked } = await told(folder, more);
      expect(unasked).toMatch(/^the registry was not asked: (register|tracking) in churn\.yaml first$/);
    }
  });

  test("is told where churn.yaml is no YAML, from the store that the folder has worked with", async ({ folder }) => {
    const { store, said, broken } = await told(folder, "]");
    expect(store.address).toBe(folder);
    expect([...broken]).toContain("train");
    expect(said).toMatch(
      /^warning {2}churn\.yaml line \d+, .*; defaults stand for all that it says; churn doctor shows all of it$/,
    );
  });

  test("is not told from another store", async ({ folder }) => {
    const other = join(folder, "elsewhere");
    await keepStore(await openWorkspace(await given(folder, `store: ${other}`)));
    const context = await given(folder, "store: [1]");
    await expect(openToTell(context)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("store") });
    expect((await openToTell(context, { reads: false })).root).toBe(folder);
  });

  test("is told with a .env that may not be read", async ({ folder }) => {
    await keepStore(await openWorkspace(await given(folder)));
    await refuseEnv(folder, "CHURN_REGISTER_MODEL=mine");
    const { terminal, said } = quietTerminal();
    const { environment, wrong, unasked } = await openToTell(contextIn(folder, terminal));
    expect(environment.get("CHURN_REGISTER_MODEL")).toBeUndefined();
    expect(wrong?.message).toMatch(/open to others/);
    expect(said.join(" ")).toMatch(/^warning .*open to others/);
    // It may have named another model.
    expect(unasked).toBe("the registry was not asked: .env first");
  });

  test("is not told from the store that stands in churn.yaml where a .env that isn't read names another", async ({
    folder,
  }) => {
    const context = await given(folder);
    const other = join(folder, "elsewhere");
    const env = { CHURN_STORE: other };
    await keepStore(await openWorkspace({ ...context, env }));
    await refuseEnv(folder, `CHURN_STORE=${other}`);
    await expect(openToTell(context)).rejects.toThrow("open to others");
    expect((await openToTell({ ...context, env })).store.address).toBe(other);
    expect((await openToTell(context, { reads: false })).root).toBe(folder);
  });
});
