import { expect } from "vitest";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { attemptKey, writeRecord } from "../../src/lib/stage/record.ts";
import { unfinishedNights } from "../../src/lib/supervise/unfinished-nights.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { succeeded, successOf, test } from "../support/records.ts";
import { config } from "../support/small-pipeline.ts";

const tonight = nightOf("2026-11-23", 1);
const dated = { ...config, dataset: { ...config.dataset, date: "snapshot_date" } };

const said = (archive: Archive, given: Pick<typeof config, "dataset"> = dated, choosesDate = false) =>
  unfinishedNights(archive, tonight, { config: given, source: () => ({ choosesDate }) });

/** An attempt that ended, or died. */
async function attempt(
  archive: Archive,
  night: string,
  stage: string,
  status: "running" | "failed" | "succeeded",
  run = "20261122T050000Z-7f3a",
) {
  await writeRecord(archive, attemptKey(night, run, stage), successOf(night, stage, { run, status }));
}

test("a night that was interrupted is named with its stage and its run, what becomes of it and why", async ({
  archive,
}) => {
  await succeeded(archive, "2026-11-21", "register");
  await attempt(archive, "2026-11-22", "extract", "succeeded");
  await attempt(archive, "2026-11-22", "train", "running");
  expect(await said(archive)).toEqual([
    "the night of 2026-11-22 was interrupted at train in run 7f3a: it stays undecided, since this run decides 2026-11-23 alone",
    "churn run-all --date 2026-11-22 decides it, and registers nothing once a later night is decided",
  ]);
});

test("the newest run's end counts, a failure is one too, and so is a stop between two stages", async ({ archive }) => {
  await attempt(archive, "2026-11-22", "train", "running", "20261122T050000Z-0001");
  await attempt(archive, "2026-11-22", "extract", "failed", "20261122T060000Z-0002");
  expect((await said(archive))[0]).toMatch(/^the night of 2026-11-22 failed at extract in run 0002: /);
  await attempt(archive, "2026-11-22", "validate", "succeeded", "20261122T070000Z-0003");
  expect((await said(archive))[0]).toMatch(/^the night of 2026-11-22 ended after validate in run 0003: /);
});

test("earlier ones are counted, up to the last decided night", async ({ archive }) => {
  for (const night of ["2026-11-18", "2026-11-20", "2026-11-21", "2026-11-22"])
    await attempt(archive, night, "extract", "failed");
  await succeeded(archive, "2026-11-19", "register");
  expect((await said(archive))[0]).toMatch(
    /^the night of 2026-11-22 .*: it stays undecided, and so do 2 earlier nights, since /,
  );
});

test("where nothing is left undecided nothing is said, and of later nights neither", async ({ archive }) => {
  expect(await said(archive)).toEqual([]);
  await attempt(archive, "2026-11-24", "train", "running");
  await attempt(archive, "2026-11-23", "train", "running");
  expect(await said(archive)).toEqual([]);
  await attempt(archive, "2026-11-21", "train", "running");
  await succeeded(archive, "2026-11-22", "register");
  expect(await said(archive)).toEqual([]);
});

test("a source that shows the current state alone has no other day, unless its files are there already", async ({
  archive,
}) => {
  const undated = { dataset: { ...config.dataset, date: null } };
  await attempt(archive, "2026-11-22", "extract", "failed");
  expect(await said(archive, undated)).toEqual([
    "the night of 2026-11-22 failed at extract in run 7f3a: it stays undecided, since this run decides 2026-11-23 alone, and the source shows no other day",
  ]);
  expect(await said(archive, undated, true)).toHaveLength(2);
  await succeeded(archive, "2026-11-22", "validate");
  expect(await said(archive, undated)).toHaveLength(2);
});

test("a record that can't be read stops no run", async ({ archive }) => {
  await attempt(archive, "2026-11-22", "extract", "succeeded");
  await archive.store.write(attemptKey("2026-11-22", "20261122T050000Z-7f3a", "train"), "{");
  expect((await said(archive))[0]).toMatch(/^the night of 2026-11-22 ended after extract/);
});
