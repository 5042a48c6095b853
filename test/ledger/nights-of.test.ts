import { describe, expect, test } from "vitest";
import { outcomeText } from "../../src/lib/cli/output/outcome-text.ts";
import type { Outcome } from "../../src/lib/compare/report.ts";
import type { LedgerEvent } from "../../src/lib/ledger/events.ts";
import { nightsOf, startsOf } from "../../src/lib/ledger/nights-of.ts";
import { event, events, NIGHT, RUN, runOf, timeOf } from "../support/ledger-events.ts";

const LATER = "20261123T063000Z-0001";
const at = (run: string, minutes = 0) => ({
  run,
  time: new Date(Date.parse(timeOf(run)) + minutes * 60_000).toISOString(),
});
const failed = event("run_ended", {
  ...at(RUN, 1),
  outcome: "failed",
  stage: "validate",
  reason: "612 rows, at least 1,000",
  exit_code: 3,
  took: 0.6,
});

/** The one night that these tell of. */
function only(...told: readonly LedgerEvent[]) {
  const nights = nightsOf(told);
  expect(nights).toHaveLength(1);
  const [night] = nights;
  if (night === undefined) throw new Error("there is none");
  return night;
}

test("the starts of nights are all of theirs, those that were refused among them", () => {
  const { run_started: started, run_refused: refused } = events;
  const time = new Date(started.time);
  expect(startsOf([])).toEqual([]);
  expect(startsOf(nightsOf([started, { ...refused, started_by: "other", command: ["churn"] }]))).toEqual([
    { time, by: "cron", command: started.command },
    { time: new Date(refused.time), by: "other", command: ["churn"] },
  ]);
});

describe("a night", () => {
  test("that registered a version has its figures, and how long the run took that decided it", () => {
    const run = {
      run: RUN,
      started_by: "cron",
      command: ["churn", "run-all", "--quiet"],
      started_at: timeOf(RUN),
      ended_at: timeOf(RUN),
      outcome: "succeeded",
      stage: "notify",
      reason: null,
      exit_code: 0,
      took: 4.6,
    };
    expect(only(...runOf(NIGHT, RUN, events.registered))).toEqual({
      night: NIGHT,
      date: NIGHT,
      outcome: "registered",
      comparison: "better",
      f1: 0.571,
      auc_roc: 0.841,
      version: 4,
      production: { version: 3, f1: 0.552 },
      improvement: 0.034,
      decided_at: timeOf(RUN),
      is_older: false,
      stage: null,
      reason: "F1 0.571 against 0.552 of version 3 (+3.4 %)",
      exit_code: 0,
      took: 4.6,
      started_by: "cron",
      attempts: 1,
      run,
      runs: [run],
    });
  });

  test.each<[Outcome, boolean, string, string]>([
    ["first_model", true, "first_model", "first model"],
    ["champion_unscorable", true, "registered", "registered"],
    ["not_better", false, "not_registered", "not better"],
    ["older_night", false, "not_registered", "older night"],
    ["first_model_too_weak", false, "not_registered", "too weak"],
    ["better", false, "not_registered", "registered before"],
  ])("that compare calls %s, registered: %s, is %s", (outcome, isRegistered, is, words) => {
    const decided = event(isRegistered ? "registered" : "not_registered", { outcome });
    const night = only(...runOf(NIGHT, RUN, decided));
    expect([night.outcome, night.comparison, outcomeText(night)]).toEqual([is, outcome, words]);
    expect(night.version).toBe(isRegistered ? 4 : null);
  });

  test("that failed says where and why, by its newest run", () => {
    const first = event("run_ended", { outcome: "failed", stage: "extract", reason: "no snapshot", exit_code: 75 });
    const night = only(
      event("run_started", at(RUN)),
      { ...first, ...at(RUN) },
      event("run_started", { ...at(LATER), started_by: "terminal" }),
      { ...failed, ...at(LATER, 1) },
    );
    expect(night).toMatchObject({
      outcome: "failed",
      stage: "validate",
      reason: "612 rows, at least 1,000",
      exit_code: 3,
      took: 0.6,
      started_by: "terminal",
      attempts: 2,
      f1: null,
      runs: [{ reason: "no snapshot" }, { reason: "612 rows, at least 1,000" }],
    });
    expect(outcomeText(night)).toBe("failed");
  });

  test("is decided whatever runs came before and after", () => {
    const decided = { ...events.registered, ...at(LATER) };
    const night = only(
      event("run_started", at(RUN)),
      failed,
      event("run_started", at(LATER)),
      decided,
      event("run_ended", { ...at(LATER, 2), outcome: "interrupted", stage: "notify", took: null }),
      event("run_started", at("20261123T070000Z-0001")),
      event("run_ended", { ...at("20261123T070000Z-0001", 1), took: 0.3 }),
    );
    expect(night).toMatchObject({ outcome: "registered", attempts: 2, took: null });
    expect(night.runs).toHaveLength(3);
  });

  test("is running at a stage, or waits, while its run has no end", () => {
    const begun = [event("run_started", at(RUN)), event("stage_started", { ...at(RUN), stage: "train" })];
    expect(only(...begun)).toMatchObject({ outcome: "running", stage: "train", took: null });
    const waiting = [...begun, event("run_waits", at(RUN, 1))];
    expect(only(...waiting)).toMatchObject({ outcome: "waiting", stage: "train", reason: "MLflow is down" });
    const again = [...waiting, event("stage_started", { ...at(RUN, 2), stage: "train" })];
    expect(only(...again)).toMatchObject({ outcome: "running", reason: "MLflow is down" });
  });

  test("that was interrupted says at which stage, though its end doesn't know", () => {
    const night = only(
      event("run_started", at(RUN)),
      event("stage_started", { ...at(RUN), stage: "train" }),
      event("run_ended", { ...at(RUN, 1), outcome: "interrupted", stage: null, exit_code: 143 }),
    );
    expect(night).toMatchObject({ outcome: "interrupted", stage: "train", exit_code: 143 });
  });

  test("of which some stages were asked for is not decided", () => {
    expect(only(...runOf(NIGHT, RUN))).toMatchObject({ outcome: "undecided", decided_at: null });
  });

  test("of which every start was refused failed; one that another's run turned away says nothing beside that run", () => {
    const refused = event("run_refused", { time: timeOf(LATER) });
    expect(only(refused)).toMatchObject({
      outcome: "failed",
      reason: "another run is at work",
      exit_code: 75,
      runs: [{ run: null }],
    });
    expect(only(event("run_started", at(RUN)), failed, refused)).toMatchObject({
      outcome: "failed",
      exit_code: 3,
      attempts: 2,
    });
    const mistake = event("run_refused", { time: timeOf(LATER), reason: "no such stage", exit_code: 2 });
    expect(only(event("run_started", at(RUN)), failed, mistake)).toMatchObject({ outcome: "failed", exit_code: 2 });
  });

  test("whose decision alone is known is decided, by nobody knows whom", () => {
    expect(only(events.not_registered)).toMatchObject({
      outcome: "not_registered",
      runs: [],
      attempts: 0,
      started_by: null,
    });
  });
});

test("nights come newest first, each decision of a date by itself, and what is of no night is none", () => {
  const told = ["2026-11-22", "2026-11-23", "2026-11-23.2", "2026-11-23.10"].flatMap((night, index) =>
    runOf(night, `2026112${index}T050000Z-0001`),
  );
  expect(nightsOf([...told, events.promoted, events.nothing_to_do]).map(({ night }) => night)).toEqual([
    "2026-11-23.10",
    "2026-11-23.2",
    "2026-11-23",
    "2026-11-22",
  ]);
  expect(nightsOf([event("nothing_to_do", { night: "2026-11-20" }), event("cleared", { night: null })])).toEqual([]);
  expect(nightsOf([])).toEqual([]);
});
