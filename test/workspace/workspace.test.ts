import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { UsageError } from "../../src/lib/errors.ts";
import { machineTimezone } from "../../src/lib/workspace/timezone.ts";
import { openFolder, openSoundWorkspace, openWorkspace, zoneOf } from "../../src/lib/workspace/workspace.ts";
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
