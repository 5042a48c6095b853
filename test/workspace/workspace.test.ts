import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { UsageError } from "../../src/lib/errors.ts";
import { machineTimezone } from "../../src/lib/workspace/timezone.ts";
import { keepStore } from "../../src/lib/workspace/known-store.ts";
import {
  openFolder,
  openSoundWorkspace,
  openToTell,
  openWorkspace,
  zoneOf,
} from "../../src/lib/workspace/workspace.ts";
import { least } from "../support/config-workspace.ts";
import { test } from "../support/folder.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

/** A context in a folder with such a churn.yaml. */
async function given(folder: string, ...more: readonly string[]) {
  await writeFile(join(folder, "churn.yaml"), [least, ...more].join("\n"));
  return contextIn(folder, quietTerminal().terminal);
}

describe("a workspace that can't be opened", () => {
  test("still has a folder, a ledger and a time zone", async ({ folder }) => {
    const context = await given(folder, "timezone: Pacific/Auckland", "nosuch: 1");
    const found = await openFolder(context);
    expect(found.root).toBe(folder);
    await expect(openWorkspace(context, found)).rejects.toThrow(/nosuch/);
    expect(await zoneOf(found, context)).toBe("Pacific/Auckland");
  });

  test("has the machine's zone where nothing of churn.yaml is known to be right, or its own is wrong", async ({
    folder,
  }) => {
    for (const more of ["]", "timezone: Mars/Olympus"]) {
      const context = await given(folder, more);
      expect(await zoneOf(await openFolder(context), context)).toBe(machineTimezone());
    }
  });

  test("for the sake of its .env says so, and has the process's own environment", async ({ folder }) => {
    await writeFile(join(folder, ".env"), "A=1\n");
    await chmod(join(folder, ".env"), 0o644);
    const context = { ...(await given(folder)), env: { B: "2" } };
    const found = await openFolder(context);
    expect([found.environment.get("A"), found.environment.get("B")]).toEqual([undefined, "2"]);
    await expect(openWorkspace(context, found)).rejects.toBe(found.refusal);
    await expect(openWorkspace(context)).rejects.toMatchObject({ exitCode: 2, message: /open to others/ });
  });
});

describe("what is right of a workspace", () => {
  test("is all of it where nothing is wrong", async ({ folder }) => {
    const { wrong, config } = await openSoundWorkspace(await given(folder, "watchdog: { nights: 5 }"));
    expect([wrong, config.watchdog.nights]).toEqual([undefined, 5]);
  });

  test("has the defaults for the sections that are wrong, and says why", async ({ folder }) => {
    const context = await given(folder, "watchdog: { nights: 5 }", "gates: { row_count: many }");
    const { wrong, config } = await openSoundWorkspace(context);
    expect(wrong).toBeInstanceOf(UsageError);
    expect(wrong?.message).toContain("gates.row_count");
    expect(config.watchdog.nights).toBe(5);
  });

  test("is what an address leaves that nobody can open", async ({ folder }) => {
    const context = await given(folder, "watchdog: { nights: 5 }", 'tracking: { uri: "gopher://example.org" }');
    const { wrong, config, store } = await openSoundWorkspace(context);
    expect(wrong?.message).toContain("gopher");
    expect([config.watchdog.nights, store.address]).toEqual([5, folder]);
  });

  test("can't be told where churn.yaml is no YAML, which is what it says", async ({ folder }) => {
    await expect(openSoundWorkspace(await given(folder, "]"))).rejects.toThrow(/^churn\.yaml line /);
  });
});

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
    expect(await told(folder, "watchdog: { nights: 5 }")).toMatchObject({ wrong: undefined, unasked: undefined, said: "" });
  });

  test("is told by the sections that are right, with a warning of the others", async ({ folder }) => {
    const { config, unasked, said } = await told(folder, "watchdog: { nights: 5 }\ngates: { row_count: many }");
    expect([config.watchdog.nights, unasked]).toEqual([5, undefined]);
    expect(said).toMatch(/^warning {2}churn\.yaml line 6: gates\.row_count .*; defaults stand for gates$/);
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
    expect(said).toMatch(/^warning {2}churn\.yaml line 5, .*; defaults stand for all that it says$/);
  });

  test("is not told from another store", async ({ folder }) => {
    const other = join(folder, "elsewhere");
    await keepStore(await openWorkspace(await given(folder, `store: ${other}`)));
    const context = await given(folder, "store: [1]");
    await expect(openToTell(context)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("store") });
    expect((await openToTell(context, { reads: false })).root).toBe(folder);
  });

  test("is told with a .env that may not be read", async ({ folder }) => {
    await given(folder);
    await writeFile(join(folder, ".env"), "A=1\n");
    await chmod(join(folder, ".env"), 0o644);
    const { terminal, said } = quietTerminal();
    const { environment, wrong } = await openToTell(contextIn(folder, terminal));
    expect(environment.get("A")).toBeUndefined();
    expect(wrong?.message).toMatch(/open to others/);
    expect(said.join(" ")).toMatch(/^warning .*open to others/);
  });
});
