import { expect } from "vitest";
import { extract } from "../../src/commands/extract.ts";
import { attemptKey, writeRecord } from "../../src/lib/stage/record.ts";
import { untoldEnd } from "../../src/lib/supervise/untold-end.ts";
import { events, NIGHT, RUN, writeLedger } from "../support/ledger-events.ts";
import { idleStage, successOf, test } from "../support/records.ts";

const stages = [extract, idleStage("transform"), idleStage("train")];
const run = { id: RUN, night: NIGHT };
const ended = (reason: string) =>
  ({ ...events.run_ended, outcome: "failed", stage: "transform", reason, exit_code: 5 }) as const;

test("of a run that a full disk ended the ledger says so, and otherwise its records", async ({ archive }) => {
  const place = { ...archive, stages };
  const root = archive.store.address;
  expect(await untoldEnd(place, root, run)).toEqual({ stage: null, reason: null });
  const failure = { name: "ServiceError", message: "raw/x: the disk is full", hint: null, exit_code: 5 };
  await writeRecord(
    archive,
    attemptKey(NIGHT, RUN, "transform"),
    successOf(NIGHT, "transform", { run: RUN, status: "failed", error: failure }),
  );
  expect(await untoldEnd(place, root, run)).toEqual({ stage: "transform", reason: "the disk was full" });
  await writeLedger(root, [ended("raw/x: the disk quota is used up")]);
  expect(await untoldEnd(place, root, run)).toEqual({ stage: "transform", reason: "the disk was full" });
});

test("no other words of it are handed on", async ({ archive }) => {
  const root = archive.store.address;
  await writeLedger(root, [ended("Conversion Error: 'Maria' is no number")]);
  expect(await untoldEnd({ ...archive, stages }, root, run)).toEqual({ stage: null, reason: null });
});
