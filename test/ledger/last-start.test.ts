import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { lastStart, lastStarts } from "../../src/lib/ledger/last-start.ts";
import { test } from "../support/folder.ts";

const started = (time: string, started_by: "cron" | "timer" | "terminal"): LedgerEvent => ({
  event: "run_started",
  time,
  run: `run of ${time}`,
  night: "2026-11-23",
  started_by,
  command: ["churn", "run-all"],
  user: "maria",
  host: "etl-2",
  process: 12,
});

test("the last start that was made so is found, damage and other starts passed over", async ({ folder }) => {
  const refused: LedgerEvent = {
    event: "run_refused",
    time: "2026-11-23T06:00:01.000Z",
    run: null,
    night: null,
    started_by: "timer",
    command: ["churn", "run-all"],
    reason: 'no ./churn.yaml, says "started_by":"cron"',
    exit_code: 2,
  };
  const events = [
    started("2026-11-22T06:00:00.000Z", "cron"),
    refused,
    started("2026-11-23T08:00:00.000Z", "terminal"),
  ];
  await writeFile(join(folder, "ledger.jsonl"), `${events.map(lineOf).join("\n")}\n{"started_by":"cron"\n`);
  expect(lastStart(folder, ["cron"])).toEqual({
    time: new Date("2026-11-22T06:00:00.000Z"),
    by: "cron",
    command: ["churn", "run-all"],
    user: "maria",
    host: "etl-2",
  });
  expect(lastStart(folder, ["cron", "timer"])).toEqual({
    time: new Date("2026-11-23T06:00:01.000Z"),
    by: "timer",
    command: ["churn", "run-all"],
    user: undefined,
    host: undefined,
  });
  expect(lastStart(folder, ["make"])).toBeUndefined();
});

test("the last ones are found as far back as is needed, whatever came between", async ({ folder }) => {
  // The ledger is read in pieces, of which each has some of them.
  const times = Array.from({ length: 2_000 }, (_, minute) => new Date(Date.UTC(2026, 10, 22, 0, minute)).toISOString());
  const lines = times.map((time, at) => `${lineOf(started(time, at % 2 === 0 ? "cron" : "terminal"))}\n`);
  await writeFile(join(folder, "ledger.jsonl"), lines.join(""));
  const byCron = times.filter((_, at) => at % 2 === 0);
  const found = (count: number) =>
    lastStarts(folder, ["cron"], ({ length }) => length >= count).map(({ time }) => time.toISOString());
  expect(found(1).length).toBeLessThan(900);
  for (const count of [1, 900, 1_001]) {
    expect(found(count).length).toBeGreaterThanOrEqual(Math.min(count, 1_000));
    expect(found(count)).toEqual(byCron.slice(-found(count).length));
  }
});

test("without a ledger nothing is known, and one that is no file is told", async ({ folder }) => {
  expect(lastStart(folder, ["cron"])).toBeUndefined();
  expect(lastStarts(folder, ["cron"], () => false)).toEqual([]);
  await mkdir(join(folder, "ledger.jsonl"));
  expect(() => lastStart(folder, ["cron"])).toThrow("ledger.jsonl");
});
