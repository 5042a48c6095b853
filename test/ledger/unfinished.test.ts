import { describe, expect } from "vitest";
import { endOfUnfinished, mayBeAtWork, restOfUnfinished, unfinishedRuns } from "../../src/lib/ledger/unfinished.ts";
import { attemptKey, recordKey, writeRecord } from "../../src/lib/stage/record.ts";
import { decide, deciding } from "../support/decided-night.ts";
import { event, events, NIGHT, RUN, runOf, writeLedger } from "../support/ledger-events.ts";
import { successOf, test } from "../support/records.ts";

const LATER = "20261123T063000Z-0001";
const started = events.run_started;
const [begun] = unfinishedRuns([started]);
if (begun === undefined) throw new Error("a run that began is unfinished");

describe("runs without an end", () => {
  test("are those that began and of which no end is told, with their stage", () => {
    const train = event("stage_started", { stage: "train" });
    const found = unfinishedRuns([
      ...runOf(NIGHT, LATER, events.registered),
      started,
      train,
      events.promoted,
      events.stage_ended,
      event("stage_started", { stage: "evaluate", time: "2026-11-23T05:00:03.000Z" }),
    ]);
    expect(found).toEqual([
      { run: RUN, started, stage: "evaluate", waits: undefined, heard: "2026-11-23T05:00:03.000Z" },
    ]);
    expect(unfinishedRuns([train, events.run_waits])).toEqual([]);
  });

  test("may wait, until they try again", () => {
    const [waiting] = unfinishedRuns([started, events.run_waits]);
    expect(waiting).toMatchObject({ stage: "train", waits: events.run_waits });
    const [again] = unfinishedRuns([started, events.run_waits, event("stage_started")]);
    expect(again?.waits).toBeUndefined();
  });
});

describe("whether one may be at work", () => {
  const here = { isHeld: true, isRunning: () => true, host: "vm-ml-1", now: new Date("2026-11-23T05:01:00Z") };

  test("is known of this machine's processes, and of the workspace's lock", () => {
    expect(mayBeAtWork(begun, here)).toBe(true);
    expect(mayBeAtWork(begun, { ...here, isHeld: false })).toBe(false);
    expect(mayBeAtWork(begun, { ...here, isRunning: (pid) => pid !== 4711 })).toBe(false);
  });

  test("is left open for another machine's", () => {
    expect(mayBeAtWork(begun, { ...here, host: "vm-ml-2", isRunning: () => false })).toBe(true);
  });

  test("and one that waits holds nothing, and doesn't wait for ever", () => {
    const waiting = { ...begun, waits: events.run_waits };
    expect(mayBeAtWork(waiting, { ...here, isHeld: false })).toBe(true);
    expect(mayBeAtWork(waiting, { ...here, isHeld: false, isRunning: () => false })).toBe(false);
    expect(mayBeAtWork(waiting, { ...here, isHeld: false, now: new Date("2026-11-23T06:00:00Z") })).toBe(false);
  });
});

describe("one that is over", () => {
  test("was interrupted, at the stage that it had begun, when it was last heard of", async ({ archive }) => {
    const [run] = unfinishedRuns([
      started,
      event("stage_started", { stage: "train", time: "2026-11-23T05:00:02.000Z" }),
    ]);
    expect(run && (await endOfUnfinished(archive, run))).toEqual({
      event: "run_ended",
      time: "2026-11-23T05:00:02.000Z",
      run: RUN,
      night: NIGHT,
      outcome: "interrupted",
      stage: "train",
      reason: null,
      exit_code: null,
      took: null,
    });
  });

  test("has the end that records have, where lines of the ledger are lost", async ({ archive }) => {
    const attempt = (stage: string, change = {}) =>
      writeRecord(archive, attemptKey(NIGHT, RUN, stage), successOf(NIGHT, stage, { run: RUN, ...change }));
    for (const { name } of archive.stages) await attempt(name);
    expect(await endOfUnfinished(archive, begun)).toMatchObject({
      outcome: "succeeded",
      stage: "notify",
      exit_code: 0,
    });
    const error = { name: "QualityGateError", message: "612 rows", hint: null, exit_code: 3 };
    await attempt("validate", { status: "failed", error, started_at: "2026-11-23T05:00:02.000Z" });
    expect(await endOfUnfinished(archive, begun)).toMatchObject({
      outcome: "failed",
      stage: "validate",
      reason: "612 rows",
      exit_code: 3,
    });
  });

  test("between two stages was interrupted, though all that it began succeeded", async ({ archive }) => {
    await writeRecord(archive, attemptKey(NIGHT, RUN, "train"), successOf(NIGHT, "train", { run: RUN }));
    expect(await endOfUnfinished(archive, begun)).toMatchObject({ outcome: "interrupted", stage: "train" });
  });

  test("that was killed after it had decided the night has that left to tell, once, with its moment", async ({
    archive,
  }) => {
    const nights = deciding(archive);
    const root = archive.store.address;
    await writeLedger(root, [started]);
    const rest = async () => (await restOfUnfinished(nights, root, begun)).map((one) => one.event);
    await decide(nights, NIGHT, {}, { run: LATER });
    expect(await rest()).toEqual(["run_ended"]);
    await decide(nights, NIGHT, {}, { run: RUN });
    const [decision] = await restOfUnfinished(nights, root, begun);
    expect(decision).toMatchObject({ event: "registered", run: RUN, version: 4, time: "2026-11-23T05:00:01.000Z" });
    await writeLedger(root, [started, events.registered]);
    expect(await rest()).toEqual(["run_ended"]);
    await writeLedger(root, [started]);
    await archive.store.write(recordKey(NIGHT, "compare"), "{");
    expect(await rest()).toEqual(["run_ended"]);
  });

  test("that was killed after it had waived a gate has that left to tell, once", async ({ archive }) => {
    const { event: _, time: at, run, night: __, ...deed } = event("waived");
    const checkpoint = { stopped: null, waivers: [{ ...deed, run, at }] };
    const running = { run: RUN, status: "running", ended_at: null, result: null, checkpoint } as const;
    await writeRecord(archive, attemptKey(NIGHT, RUN, "validate"), successOf(NIGHT, "validate", running));
    const root = archive.store.address;
    await writeLedger(root, [started]);
    const rest = async () => (await restOfUnfinished(archive, root, begun)).map((one) => one.event);
    expect(await restOfUnfinished(archive, root, begun)).toMatchObject([
      event("waived"),
      { event: "run_ended", outcome: "interrupted", stage: "validate" },
    ]);
    await writeLedger(root, [started, event("waived", { gates: ["leakage"] })]);
    expect(await rest()).toEqual(["waived", "run_ended"]);
    await writeLedger(root, [started, event("waived", { time: "2026-11-23T05:00:07.000Z" })]);
    expect(await rest()).toEqual(["run_ended"]);
    await archive.store.write(attemptKey(NIGHT, RUN, "validate"), "{");
    expect(await rest()).toEqual(["run_ended"]);
  });
});
