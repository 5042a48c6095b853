import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { why as whyOf } from "../../src/commands/why.ts";
import { whyFormat } from "../../src/lib/why/format.ts";
import { pipeline } from "../../src/pipeline.ts";
import { least } from "../support/config-workspace.ts";
import { test } from "../support/folder.ts";
import { event, writeLedger } from "../support/ledger-events.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { releasedWorkspace } from "../support/released.ts";

const why = whyOf(pipeline);

async function printed(root: string, given: { date?: string; version?: number }, json = false) {
  const { terminal, printed: lines, said } = quietTerminal();
  await why.run(contextIn(root, terminal, { json }), { date: given.date, version: given.version });
  return { lines, said, text: lines.join("\n") };
}

describe("why", () => {
  test("tells of a night, by default the newest one", async () => {
    await using left = await releasedWorkspace("1.8.0");
    const { lines, said } = await printed(left.root, {});
    expect(said).toEqual([]);
    expect(lines[0]).toBe("Night of 2026-11-22: it failed at evaluate, and isn't decided.");
    expect((await printed(left.root, { date: "2026-11-21" })).lines[0]).toBe(
      "Night of 2026-11-21: version 2 was registered.",
    );
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(80);
    await writeLedger(left.root, [
      event("run_refused", { night: "2026-11-24", reason: "no churn.yaml", exit_code: 2 }),
    ]);
    expect((await printed(left.root, {})).lines[0]).toBe("Night of 2026-11-24: it could not begin, and isn't decided.");
  });

  test("--version goes on to what became of it", async () => {
    await using left = await releasedWorkspace("1.8.0");
    expect((await printed(left.root, { version: 1 })).text).toMatch(
      /^Night of 2026-11-20: version 1 was registered[\s\S]*promoted by root on 2026-11-27 at 19:39:32 and is in production\nnow\./,
    );
    const { text } = await printed(left.root, { version: 2 });
    expect(text).toMatch(
      /not known to have been in production; it is in Staging\.[\s\S]*next {2}churn promote --version 2$/,
    );
  });

  test("gives programs what its schema says", async () => {
    await using left = await releasedWorkspace("1.0.0");
    for (const given of [{ date: "2026-11-21" }, { date: "2026-11-22" }, { version: 1 }]) {
      const { lines } = await printed(left.root, given, true);
      const story = whyFormat.read(JSON.parse(lines[0] ?? ""), "why");
      expect(story.version?.version).toBe(given.version);
      expect(story.night).toBe(given.date ?? "2026-11-20");
    }
  });

  test("a day on which nothing was started is one, too; what is no night is refused", async ({ folder }) => {
    await using left = await releasedWorkspace("1.8.0");
    // Persons may have started all that the records know of.
    await expect(printed(left.root, { date: "2026-11-23" })).rejects.toThrow("there is no night of 2026-11-23");
    await writeLedger(left.root, [event("run_started", { night: "2026-11-22", started_by: "cron" })]);
    expect((await printed(left.root, { date: "2026-11-23" })).text).toBe(
      "Night of 2026-11-23: missed. It was due at 06:00 in UTC, and nothing was\nstarted.\n\nnext  churn run-all --date 2026-11-23",
    );
    await expect(printed(left.root, { date: "2026-11-01" })).rejects.toMatchObject({ exitCode: 2 });
    await expect(printed(left.root, { date: "2999-01-01" })).rejects.toThrow("is in the future");
    await expect(printed(left.root, { date: "2026-11-21.2" })).rejects.toThrow("there is no night 2026-11-21.2");
    await writeFile(join(folder, "churn.yaml"), least);
    await expect(printed(folder, {})).rejects.toThrow("there is no night in this store yet");
  });
});
