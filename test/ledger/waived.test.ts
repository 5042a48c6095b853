import { expect } from "vitest";
import { runFromRecords } from "../../src/lib/ledger/from-records.ts";
import { readLedgerFile } from "../../src/lib/ledger/lines.ts";
import { tellerOfStage } from "../../src/lib/ledger/stage.ts";
import { waivedIn } from "../../src/lib/ledger/waived.ts";
import { openLedgerWriter } from "../../src/lib/ledger/writer.ts";
import type { StageRecord } from "../../src/lib/stage/record.ts";
import { event, NIGHT, RUN } from "../support/ledger-events.ts";
import { successOf, test, writeSuccess } from "../support/records.ts";

const waiver = {
  gates: ["row_count"],
  sha256: "a".repeat(64),
  by: "maria",
  host: "vm-ml-1",
  reason: "two branches were closed",
};
const own = { ...waiver, run: RUN, at: "2026-11-23T05:00:00.000Z" };
const others = { ...waiver, gates: ["leakage"], run: "20261123T040000Z-0001", at: "2026-11-23T04:00:00.000Z" };
const earlierTry = { ...waiver, gates: ["columns"], run: RUN, at: "2026-11-23T04:59:59.000Z" };

function attempt(waivers: readonly object[], change: Partial<StageRecord> = {}): StageRecord {
  const checkpoint = { stopped: null, waivers: waivers.map((one) => ({ ...one })) };
  return successOf(NIGHT, "validate", { run: RUN, checkpoint, ...change });
}

test("an attempt waived what its run has, in an earlier try too, and whatever its clock said", () => {
  const { time: _, ...told } = event("waived", { gates: ["columns"] });
  expect(waivedIn(attempt([others, earlierTry, own]))).toEqual([{ ...told, time: earlierTry.at }, event("waived")]);
  expect(waivedIn(attempt([others]))).toEqual([]);
  expect(waivedIn(attempt([own], { checkpoint: null }))).toEqual([]);
  expect(waivedIn(attempt([own], { stage: "train" }))).toEqual([]);
});

test("the ledger is told of it when the stage has ended, and the records tell it where the ledger doesn't", async ({
  archive,
}) => {
  await writeSuccess(archive, attempt([own]));
  const root = archive.store.address;
  const writer = openLedgerWriter({ root, run: RUN, redact: String, onWarn: () => {} });
  for (const waives of [false, true, true]) {
    const told = tellerOfStage(writer, archive, { night: NIGHT, stage: "validate", waives });
    told.begin(null);
    await told.end("failed", "1 of 11 quality gates failed", 3);
  }
  const events = readLedgerFile(root)?.events ?? [];
  expect(events.map((one) => one.event).filter((kind) => kind !== "stage_started")).toEqual([
    "stage_ended",
    "stage_ended",
    "waived",
    "stage_ended",
  ]);
  const { time: _, ...told } = event("waived");
  expect(events.find((one) => one.event === "waived")).toMatchObject(told);
  expect((await runFromRecords(archive, NIGHT, RUN)).events).toContainEqual(event("waived"));
});

test("what the run's earlier try has told is told no second time", async ({ archive }) => {
  await writeSuccess(archive, attempt([earlierTry, own]));
  const writer = openLedgerWriter({ root: archive.store.address, run: RUN, redact: String, onWarn: () => {} });
  const { time: _, ...told } = event("waived", { gates: ["columns"] });
  writer.append(told);
  const stage = tellerOfStage(writer, archive, { night: NIGHT, stage: "validate", waives: true });
  stage.begin(null);
  await stage.end("succeeded", "1 waived", 0);
  const gates = readLedgerFile(writer.root)?.events.flatMap((one) => (one.event === "waived" ? [one.gates] : []));
  expect(gates).toEqual([["columns"], ["row_count"]]);
});

test("a checkpoint that can't be read tells nothing", async ({ archive }) => {
  await writeSuccess(archive, attempt([{ gates: [] }]));
  const { events, damaged } = await runFromRecords(archive, NIGHT, RUN);
  expect(events.map((one) => one.event)).not.toContain("waived");
  expect(damaged).toEqual([]);
});
