import { appendFile, mkdir, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { readLedgerFile, readLines } from "../../src/lib/ledger/lines.ts";
import { LEDGER_FILE } from "../../src/lib/ledger/writer.ts";
import { test } from "../support/folder.ts";
import { event } from "../support/ledger-events.ts";

const begun = (number: number, letters = 0) => event("stage_started", { reason: `${number} ${"x".repeat(letters)}` });
const textOf = (events: readonly LedgerEvent[]) => events.map((one) => `${lineOf(one)}\n`).join("");

describe("a ledger's lines", () => {
  test("are read in their order, across whatever is read at once", async ({ folder }) => {
    const lengths = fc.array(fc.oneof(fc.nat(50), fc.integer({ min: 30_000, max: 70_000 })), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(lengths, async (all) => {
        const events = all.map((letters, number) => begun(number, letters));
        await writeFile(join(folder, LEDGER_FILE), textOf(events));
        expect(readLedgerFile(folder)).toEqual({ events, damaged: [], newer: [] });
      }),
      { numRuns: 30 },
    );
  });

  test("of which each may be cut, or harmed, cost no other one", () => {
    const events = Array.from({ length: 6 }, (_, number) => begun(number));
    const whole = Buffer.from(textOf(events));
    const harmed = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255) });
    fc.assert(
      fc.property(harmed, ({ at, byte }) => {
        const bytes = Buffer.from(whole);
        bytes.writeUInt8(byte, at);
        const found = readLines(bytes).events;
        const line = whole.subarray(0, at).filter((letter) => letter === 0x0a).length;
        // An end that is gone joins two lines, of which the later one is found.
        const others = events.filter((_, number) => number !== line);
        expect(found).toEqual(expect.arrayContaining(others));
      }),
    );
  });

  test("that were cut, and what was written behind them, are told apart and counted", () => {
    const [one, two, three] = [begun(1), begun(2), begun(3)];
    const text = `${lineOf(one)}\n${lineOf(two).slice(0, 40)}${lineOf(three)}\n${lineOf(one).slice(0, 30)}`;
    expect(readLines(Buffer.from(text))).toEqual({
      events: [one, three],
      damaged: [
        { line: 2, problem: "it is no whole JSON" },
        { line: 3, problem: "it is no whole JSON" },
      ],
      newer: [],
    });
  });

  test("of a newer churn are named, and are no damage", () => {
    const newer = '{"schema_version":2,"churn_version":"9.1.0","event":"foreseen"}';
    expect(readLines(Buffer.from(`${newer}\n${lineOf(begun(1))}\n`))).toEqual({
      events: [begun(1)],
      damaged: [],
      newer: ["9.1.0"],
    });
  });

  test("are read from the end as far as is asked, and only those that are worth it", async ({ folder }) => {
    const events = Array.from({ length: 400 }, (_, number) => begun(number, 1000));
    await writeFile(join(folder, LEDGER_FILE), textOf(events));
    const found = readLedgerFile(folder, { isEnough: () => true })?.events ?? [];
    expect(found.length).toBeLessThan(60);
    expect(found).toEqual(events.slice(-found.length));
    const few = readLedgerFile(folder, { isWanted: (line) => line.includes('"reason":"7 ') });
    expect(few?.events).toEqual([begun(7, 1000)]);
  });

  test("that are damaged are told of, whichever are worth it: nobody knows of which kind they were", async ({
    folder,
  }) => {
    const [one, two] = [begun(1), begun(2)];
    const glued = `${lineOf(one).slice(0, 40)}${lineOf(two)}`;
    await writeFile(join(folder, LEDGER_FILE), `${lineOf(one)}\ngarbage\n${glued}\n${lineOf(two)}\n`);
    const found = readLedgerFile(folder, { isWanted: () => false });
    expect(found).toEqual({
      events: [],
      damaged: [
        { line: 2, problem: "it is no whole JSON" },
        { line: 3, problem: "it is no whole JSON" },
      ],
      newer: [],
    });
  });

  test("are none where there is no file, or an empty one", async ({ folder }) => {
    expect(readLedgerFile(folder)).toBeUndefined();
    await appendFile(join(folder, LEDGER_FILE), "");
    expect(readLedgerFile(folder)).toEqual({ events: [], damaged: [], newer: [] });
  });

  test("longer than any are damage, and no reason to keep them in memory", async ({ folder }) => {
    await writeFile(join(folder, LEDGER_FILE), `${"x".repeat(3 << 20)}\n${lineOf(begun(1))}\n`);
    const { events, damaged } = readLedgerFile(folder) ?? { events: [], damaged: [] };
    expect(events).toEqual([begun(1)]);
    expect(damaged.length).toBeGreaterThan(0);
  });

  test("behind a link that leads elsewhere, or in a folder, are nobody's to read", async ({ folder }) => {
    await symlink(join(tmpdir(), "elsewhere"), join(folder, LEDGER_FILE));
    expect(readLedgerFile(folder)).toBeUndefined();
    await mkdir(join(folder, "workspace", LEDGER_FILE), { recursive: true });
    expect(() => readLedgerFile(join(folder, "workspace"))).toThrow("a folder stands where a file belongs");
    await mkdir(join(folder, "other"));
    await writeFile(join(folder, "mine"), textOf([begun(1)]));
    await symlink(join(folder, "mine"), join(folder, "other", LEDGER_FILE));
    expect(() => readLedgerFile(join(folder, "other"))).toThrow("is a link");
  });
});
