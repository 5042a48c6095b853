import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { expect } from "vitest";
import { isAtWork } from "../../src/lib/ledger/at-work.ts";
import { test } from "../support/folder.ts";
import { event, RUN, writeLedger } from "../support/ledger-events.ts";

test("a run is at work until it has an end, or its process is gone", async ({ folder }) => {
  const now = new Date();
  const sleeper = spawn("sleep", ["60"]);
  const place = { host: hostname(), process: sleeper.pid ?? 0 };
  const other = "20261123T060000Z-0001";
  const started = [event("run_started", place), event("run_started", { ...place, run: other })];
  await writeLedger(folder, [...started, event("run_ended", { run: other })]);
  expect(isAtWork(folder, RUN, now)).toBe(true);
  expect(isAtWork(folder, other, now)).toBe(false);
  expect(isAtWork(folder, "20261123T070000Z-0002", now)).toBe(false);
  sleeper.kill();
  await once(sleeper, "exit");
  expect(isAtWork(folder, RUN, now)).toBe(false);
});

test("one that waits is, until it should have tried again long ago", async ({ folder }) => {
  const until = "2026-11-23T05:05:00.000Z";
  await writeLedger(folder, [
    event("run_started", { host: hostname(), process: process.pid }),
    event("run_waits", { until }),
  ]);
  expect(isAtWork(folder, RUN, new Date("2026-11-23T05:05:01Z"))).toBe(true);
  expect(isAtWork(folder, RUN, new Date("2026-11-23T06:00:00Z"))).toBe(false);
});

test("one that has just begun may be about to tell it", ({ folder }) => {
  const began = Date.parse("2026-11-23T05:00:00Z");
  expect(isAtWork(folder, RUN, new Date(began + 9_999))).toBe(true);
  expect(isAtWork(folder, RUN, new Date(began + 10_000))).toBe(false);
});
