import { expect } from "vitest";
import type { Ledger } from "../../src/lib/stage/ledger.ts";
import { attemptKey, writeRecord } from "../../src/lib/stage/record.ts";
import { unfinishedNights } from "../../src/lib/supervise/unfinished-nights.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { succeeded, successOf, test } from "../support/records.ts";
import { config } from "../support/small-pipeline.ts";

const tonight = nightOf("2026-11-23", 1);
const dated = { ...config, dataset: { ...config.dataset, date: "snapshot_date" } };

const said = (ledger: Ledger, given: Pick<typeof config, "dataset"> = dated, choosesDate = false) =>
  unfinishedNights(ledger, tonight, { config: given, source: () => ({ choosesDate }) });

/** An attempt that ended, or died. */
async function attempt(
  ledger: Ledger,
  night: string,
  stage: string,
  status: "running" | "failed" | "succeeded",
  run = "20261122T050000Z-7f3a",
) {
  await writeRecord(ledger, attemptKey(night, run, stage), successOf(night, stage, { run, status }));
}

test("a night that was interrupted is named with its stage and its run, what becomes of it and why", async ({
  ledger,
}) => {
  await succeeded(ledger, "2026-11-21", "register");
  await attempt(ledger, "2026-11-22", "extract", "succeeded");
  await attempt(ledger, "2026-11-22", "train", "running");
  expect(await said(ledger)).toEqual([
    "the night of 2026-11-22 was interrupted at train in run 7f3a: it stays undecided, since this run decides 2026-11-23 alone",
    "churn run-all --date 2026-11-22 decides it, and registers nothing once a later night is decided",
  ]);
});

test("the newest run's end counts, a failure is one too, and so is a stop between two stages", async ({ ledger }) => {
  await attempt(ledger, "2026-11-22", "train", "running", "20261122T050000Z-0001");
  await attempt(ledger, "2026-11-22", "extract", "failed", "20261122T060000Z-0002");
  expect((await said(ledger))[0]).toMatch(/^the night of 2026-11-22 failed at extract in run 0002: /);
  await attempt(ledger, "2026-11-22", "validate", "succeeded", "20261122T070000Z-0003");
  expect((await said(ledger))[0]).toMatch(/^the night of 2026-11-22 ended after validate in run 0003: /);
});

test("earlier ones are counted, up to the last decided night", async ({ ledger }) => {
  for (const night of ["2026-11-18", "2026-11-20", "2026-11-21", "2026-11-22"])
    await attempt(ledger, night, "extract", "failed");
  await succeeded(ledger, "2026-11-19", "register");
  expect((await said(ledger))[0]).toMatch(
    /^the night of 2026-11-22 .*: it stays undecided, and so do 2 earlier nights, since /,
  );
});

test("where nothing is left undecided nothing is said, and of later nights neither", async ({ ledger }) => {
  expect(await said(ledger)).toEqual([]);
  await attempt(ledger, "2026-11-24", "train", "running");
  await attempt(ledger, "2026-11-23", "train", "running");
  expect(await said(ledger)).toEqual([]);
  await attempt(ledger, "2026-11-21", "train", "running");
  await succeeded(ledger, "2026-11-22", "register");
  expect(await said(ledger)).toEqual([]);
});

test("a source that shows the current state alone has no other day, unless its files are there already", async ({
  ledger,
}) => {
  const undated = { dataset: { ...config.dataset, date: null } };
  await attempt(ledger, "2026-11-22", "extract", "failed");
  expect(await said(ledger, undated)).toEqual([
    "the night of 2026-11-22 failed at extract in run 7f3a: it stays undecided, since this run decides 2026-11-23 alone, and the source shows no other day",
  ]);
  expect(await said(ledger, undated, true)).toHaveLength(2);
  await succeeded(ledger, "2026-11-22", "validate");
  expect(await said(ledger, undated)).toHaveLength(2);
});

test("a record that can't be read stops no run", async ({ ledger }) => {
  await attempt(ledger, "2026-11-22", "extract", "succeeded");
  await ledger.store.write(attemptKey("2026-11-22", "20261122T050000Z-7f3a", "train"), "{");
  expect((await said(ledger))[0]).toMatch(/^the night of 2026-11-22 ended after extract/);
});
