import { describe, expect } from "vitest";
import { status as statusOf } from "../../src/commands/status.ts";
import { statusFormat } from "../../src/lib/status/format.ts";
import { pipeline } from "../../src/pipeline.ts";
import { event, runOf, writeLedger } from "../support/ledger-events.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { test, threeNights } from "../support/registry-workspace.ts";
import { releasedWorkspace } from "../support/released.ts";

const status = statusOf(pipeline);

async function printed(root: string, { json = false, overrides = [] as string[], nights = 14 } = {}) {
  const { terminal, printed: lines, said } = quietTerminal();
  await status.run({ ...contextIn(root, terminal, { json }), overrides }, { nights });
  return { lines, said };
}

describe("status", () => {
  test("shows the nights of a workspace of an older churn", async () => {
    await using left = await releasedWorkspace("1.8.0");
    const { lines, said } = await printed(left.root);
    expect(said).toEqual([]);
    expect(lines[0]).toMatch(/^production {2}version 1, \d+ days old +last success {3}2026-11-27 19:39:36$/);
    expect(lines.slice(3)).toEqual([
      "  date        outcome         F1    AUC  version   took  reason",
      expect.stringMatching(/^ {2}2026-11-22 {2}failed +– +– +– +2\.8 s {2}evaluate: .*…$/),
      "  2026-11-21  registered   0.524  0.811        2  4.1 s  +4.8 % over version 1",
      "  2026-11-20  first model  0.494  0.798        1  3.4 s  no production model",
      "",
      "Nothing here starts the next night:  churn schedule install",
      "Understand:  churn why 2026-11-22",
    ]);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
    expect((await printed(left.root, { nights: 1 })).lines.slice(4, 6)).toEqual([
      expect.stringContaining("failed"),
      "",
    ]);
  });

  test("gives programs what its schema says", async () => {
    await using left = await releasedWorkspace("1.0.0");
    const { lines } = await printed(left.root, { json: true });
    const found = statusFormat.read(JSON.parse(lines[0] ?? ""), "status");
    expect(found).toMatchObject({
      production: { version: 1, told_by: "registry" },
      failing: { since: "2026-11-22", nights: 1 },
      last_success: { night: "2026-11-21" },
    });
    expect(found.nights.map(({ night, outcome, version }) => [night, outcome, version])).toEqual([
      ["2026-11-22", "failed", null],
      ["2026-11-21", "registered", 2],
      ["2026-11-20", "first_model", 1],
    ]);
  });

  test("a registry that can't be reached is told, and the ledger says what it knows", async ({
    workspace,
    tracking,
  }) => {
    await threeNights(tracking);
    const run = "20261123T050000Z-7f3a";
    await writeLedger(workspace, [
      ...runOf("2026-11-16", "20261116T050000Z-0001", event("registered", { version: 2, production: null })),
      ...runOf("2026-11-23", run, event("registered", { production: { version: 2, f1: 0.552 }, version: 3 })),
    ]);
    const { lines, said } = await printed(workspace, { overrides: ["tracking.uri=http://127.0.0.1:1"] });
    expect(said).toEqual([expect.stringMatching(/^warning {2}.*127\.0\.0\.1:1/)]);
    expect(lines[0]).toMatch(/^production {2}version 2, \d+ days old \(ledger\) +last success/);
    expect(lines.join("\n")).toMatch(/2026-11-23 {2}registered {2}0\.571 {2}0\.841 +3 /);
  });
});
