import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type LedgerEvent, lineOf } from "../../src/lib/ledger/events.ts";
import { lastStart } from "../../src/lib/ledger/last-start.ts";
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

test("the last one before a moment is found, whatever came later", async ({ folder }) => {
  const times = ["2026-11-21T06:00:00.000Z", "2026-11-22T06:00:00.000Z", "2026-11-23T06:00:00.000Z"];
  const lines = times.map((time) => `${lineOf(started(time, "cron"))}\n`);
  await writeFile(join(folder, "ledger.jsonl"), lines.join(""));
  const before = (moment: string) => lastStart(folder, ["cron"], new Date(moment))?.time.toISOString();
  expect(before("2026-11-23T06:00:00Z")).toBe(times[1]);
  expect(before("2026-11-22T00:00:00Z")).toBe(times[0]);
  expect(before("2026-11-21T00:00:00Z")).toBeUndefined();
});

test("without a ledger nothing is known, and one that is no file is told", async ({ folder }) => {
  expect(lastStart(folder, ["cron"])).toBeUndefined();
  await mkdir(join(folder, "ledger.jsonl"));
  expect(() => lastStart(folder, ["cron"])).toThrow("ledger.jsonl");
});
