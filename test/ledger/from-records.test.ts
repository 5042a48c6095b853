import { describe, expect } from "vitest";
import { decisionFromRecords, endFromRecords, runFromRecords } from "../../src/lib/ledger/from-records.ts";
import { failedKey } from "../../src/lib/notify/team.ts";
import { attemptKey, recordKey, type StageRecord, writeRecord } from "../../src/lib/stage/record.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { NIGHT, RUN } from "../support/ledger-events.ts";
import { test as records, successOf } from "../support/records.ts";
import { probeChannel, teamOf } from "../support/team.ts";

const test = records.extend<{ attempt: (stage: string, change?: Partial<StageRecord>) => Promise<void> }>({
  attempt: async ({ archive }, use) =>
    use((stage, change = {}) =>
      writeRecord(archive, attemptKey(NIGHT, RUN, stage), successOf(NIGHT, stage, { run: RUN, ...change })),
    ),
});
const at = (seconds: number) => `2026-11-23T05:00:0${seconds}.000Z`;
const began = at(0);

describe("a run's records", () => {
  test("tell when it began, of each stage, and how it ended", async ({ archive, attempt }) => {
    await attempt("extract", { started_at: at(1), ended_at: at(3), command: ["churn", "extract"] });
    const error = { name: "QualityGateError", message: "612 rows", hint: null, exit_code: 3 };
    await attempt("validate", { started_at: at(3), ended_at: at(4), status: "failed", result: null, error });
    const { events, damaged } = await runFromRecords(archive, NIGHT, RUN);
    expect(damaged).toEqual([]);
    const place = { run: RUN, night: NIGHT };
    const unknown = { started_by: null, user: null, host: null, process: null };
    expect(events).toEqual([
      { event: "run_started", ...place, time: at(0), command: ["churn", "extract"], ...unknown },
      { event: "stage_started", ...place, time: at(1), stage: "extract", reason: "has not run yet" },
      {
        event: "stage_ended",
        ...place,
        time: at(3),
        stage: "extract",
        outcome: "succeeded",
        took: 2,
        text: "extract is done",
        exit_code: 0,
      },
      { event: "stage_started", ...place, time: at(3), stage: "validate", reason: "has not run yet" },
      {
        event: "stage_ended",
        ...place,
        time: at(4),
        stage: "validate",
        outcome: "failed",
        took: 1,
        text: "612 rows",
        exit_code: 3,
      },
      {
        event: "run_ended",
        ...place,
        time: at(4),
        outcome: "failed",
        stage: "validate",
        reason: "612 rows",
        exit_code: 3,
        took: 4,
      },
    ]);
  });

  test("of a stage that never ended, or was stopped, tell that it was interrupted", async ({ archive, attempt }) => {
    await attempt("extract");
    await attempt("train", { status: "running", started_at: at(2), ended_at: null, result: null });
    const { events } = await runFromRecords(archive, NIGHT, RUN);
    expect(events.slice(-2)).toMatchObject([
      { event: "stage_started", stage: "train" },
      { event: "run_ended", outcome: "interrupted", stage: "train", time: at(2), took: null },
    ]);
    await attempt("train", { status: "interrupted", started_at: at(2), ended_at: at(3), result: null });
    expect(await endFromRecords(archive, { night: NIGHT, run: RUN, began })).toMatchObject({ outcome: "interrupted" });
  });

  test("tell no end of one that may be at work, by when it began, or its last stage", async ({ archive, attempt }) => {
    await attempt("extract", { started_at: at(1), ended_at: at(3) });
    await attempt("train", { status: "running", started_at: at(4), ended_at: null, result: null });
    const heard: string[] = [];
    const { events } = await runFromRecords(archive, NIGHT, RUN, async (moment) => heard.push(moment) > 0);
    expect(events.map(({ event }) => event)).toEqual(["run_started", "stage_started", "stage_ended", "stage_started"]);
    expect(heard).toEqual([at(4)]);
  });

  test("that are none leave it to the message, and else unknown, how it ended", async ({ archive }) => {
    const end = () => endFromRecords(archive, { night: NIGHT, run: RUN, began });
    expect(await end()).toMatchObject({ outcome: "unknown", stage: null, time: began });
    const message = { kind: "failed", night: NIGHT, run: RUN, stage: "train", reason: "MLflow is down" } as const;
    await teamOf(archive.store, [probeChannel("file")]).tell({
      key: failedKey(NIGHT, RUN),
      message: { ...message, details: [], hint: null, workspace: "/srv/churn", host: "vm" },
      next: [],
    });
    expect(await end()).toMatchObject({ outcome: "failed", stage: "train", reason: "MLflow is down", exit_code: null });
  });

  test("that are damaged are named, and the others tell what they know", async ({ archive, attempt }) => {
    await attempt("extract");
    await archive.store.write(attemptKey(NIGHT, RUN, "train"), "{");
    const { events, damaged } = await runFromRecords(archive, NIGHT, RUN);
    expect(damaged).toEqual([`${attemptKey(NIGHT, RUN, "train")} is damaged: it is not whole JSON`]);
    expect(events.at(-1)).toMatchObject({ outcome: "succeeded", stage: "extract" });
  });

  test("in a folder that no run has named tell nothing", async ({ archive }) => {
    expect(await runFromRecords(archive, NIGHT, "notes")).toEqual({ events: [], damaged: [] });
  });
});

describe("a night's decision", () => {
  test("has the run that came to it, and the moment", async ({ archive }) => {
    const known = deciding(archive);
    await decide(known, NIGHT, {}, { run: RUN, ended_at: at(5) });
    const { events } = await decisionFromRecords(known, NIGHT);
    expect(events).toMatchObject([{ event: "registered", run: RUN, night: NIGHT, time: at(5), version: 4 }]);
  });

  test("that can't be read is named", async ({ archive }) => {
    const known = deciding(archive);
    expect(await decisionFromRecords(known, NIGHT)).toEqual({ events: [], damaged: [] });
    await decide(known, NIGHT);
    await archive.store.write(recordKey(NIGHT, "compare"), "{");
    expect(await decisionFromRecords(known, NIGHT)).toEqual({
      events: [],
      damaged: [`${recordKey(NIGHT, "compare")} is damaged: it is not whole JSON`],
    });
  });
});
