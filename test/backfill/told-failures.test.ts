import { expect } from "vitest";
import { toldFailures } from "../../src/lib/backfill/told-failures.ts";
import type { LedgerEvent } from "../../src/lib/ledger/events.ts";
import { failureDigest } from "../../src/lib/notify/series.ts";
import { event, writeLedger } from "../support/ledger-events.ts";
import { test } from "../support/records.ts";

const DAY = "2026-11-21";
const NO_SNAPSHOT = { stage: "extract", exit_code: 2, reason: `no snapshot for ${DAY} in customers.duckdb` };
const DIGEST = failureDigest("extract", 2, NO_SNAPSHOT.reason);

/** A run for a night that began on a day at five. */
function runOf(night: string, on: string, end: object, hour = "05"): readonly LedgerEvent[] {
  const place = { night, run: `${on.replaceAll("-", "")}T${hour}0000Z-0001`, time: `${on}T${hour}:00:00.000Z` };
  return [event("run_started", place), event("run_ended", { ...place, outcome: "failed", ...end })];
}

test("a day that failed on a later day was told, and one that failed on its own day or was decided was not", async ({
  archive,
}) => {
  const root = archive.store.address;
  const known = async (...told: readonly LedgerEvent[][] | readonly (readonly LedgerEvent[])[]) => {
    await writeLedger(root, told.flat());
    const asked = { timezone: "Europe/Berlin", now: new Date("2026-11-24T05:00:00Z") };
    return [...(await toldFailures({ ...archive, root }, [DAY, "2026-11-22"], asked))];
  };
  expect(await known(runOf(DAY, DAY, NO_SNAPSHOT))).toEqual([]);
  // Half past twelve in Berlin.
  expect(await known(runOf(DAY, DAY, NO_SNAPSHOT, "23"))).toEqual([[DAY, DIGEST]]);
  const caughtUp = runOf(DAY, "2026-11-22", NO_SNAPSHOT);
  expect(await known(runOf(DAY, DAY, NO_SNAPSHOT), caughtUp)).toEqual([[DAY, DIGEST]]);
  expect(await known(caughtUp, runOf(DAY, "2026-11-23", { outcome: "interrupted" }))).toEqual([]);
  const gate = { stage: "validate", exit_code: 3, reason: "1 of 11 gates failed" };
  expect(await known(caughtUp, runOf(`${DAY}.2`, "2026-11-23", gate))).toEqual([
    [DAY, failureDigest("validate", 3, gate.reason)],
  ]);
  const refused = (exit_code: number) => [
    event("run_refused", { night: DAY, time: "2026-11-23T05:00:00.000Z", reason: "its record is damaged", exit_code }),
  ];
  expect(await known(caughtUp, refused(75))).toEqual([[DAY, DIGEST]]);
  expect(await known(caughtUp, refused(4))).toEqual([[DAY, failureDigest("", 4, "its record is damaged")]]);
  expect(await known(runOf("2026-11-20", "2026-11-23", NO_SNAPSHOT))).toEqual([]);
});

test("where there is no day nothing is read", async ({ archive }) => {
  const asked = { timezone: "UTC", now: new Date() };
  expect(await toldFailures({ ...archive, root: "/nonexistent" }, [], asked)).toEqual(new Map());
});
