import { describe, expect, test as plain } from "vitest";
import { ServiceError } from "../../src/lib/errors.ts";
import { InterruptedError } from "../../src/lib/supervise/interruption.ts";
import { decisionText, failureError, isComplete, nightJson, runError } from "../../src/lib/supervise/report.ts";
import type { NightSummary } from "../../src/lib/supervise/run-night.ts";
import type { FailedEvent } from "../../src/lib/supervise/view.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { idleStage, succeeded, successOf, test } from "../support/records.ts";

const night = nightOf("2026-11-23", 2);

const event: FailedEvent = {
  event: "failed",
  name: "QualityGateError",
  message: "1 of 13 quality gates failed",
  hint: "look at the source",
  details: ["row_count  7  at least 1,000"],
  foreign: [],
  exitCode: 3,
  stack: null,
};
const failure = (change: Partial<FailedEvent> = {}) => ({ stage: "validate", event: { ...event, ...change } });

test("a decided night is complete once the stages after the decision have succeeded", async ({ archive }) => {
  await succeeded(archive, night.name, "extract", "register");
  expect(await isComplete(archive, night)).toBe(false);
  await succeeded(archive, night.name, "notify");
  expect(await isComplete(archive, night)).toBe(true);
  expect(await isComplete({ ...archive, stages: [...archive.stages, idleStage("publish")] }, night)).toBe(false);
});

describe("when a night was decided", () => {
  const decision = successOf(night.name, "register", {
    started_at: "2026-11-23T05:00:00.000Z",
    ended_at: "2026-11-23T05:00:09.000Z",
  });
  const pipeline = ["extract", "register", "notify"].map(idleStage);

  plain("is told in the workspace's time zone, with what register says of it", () => {
    expect(decisionText(pipeline, decision, "UTC")).toBe("decided at 05:00:09: register is done");
    expect(decisionText(pipeline, decision, "Asia/Kolkata")).toBe("decided at 10:30:09: register is done");
  });

  plain("is when register began, where the record names no end", () => {
    expect(decisionText(pipeline, { ...decision, ended_at: null }, "UTC")).toBe(
      "decided at 05:00:00: register is done",
    );
  });

  plain("is told of a pipeline without register too", () => {
    expect(decisionText([], decision, "UTC")).toBe("decided at 05:00:09: ");
  });
});

describe("a run for programs", () => {
  const stages = [
    {
      name: "extract",
      status: "succeeded",
      seconds: 0.2,
      text: "7,043 customers",
      reason: undefined,
      result: { rows: 7043 },
    },
  ] as const;
  const summary: NightSummary = { stages, said: ["a line"], failure: undefined, workedSeconds: 1 };
  const shown = [
    { name: "extract", status: "succeeded", seconds: 0.2, text: "7,043 customers", result: { rows: 7043 } },
  ];

  plain("that succeeded has its stages", () => {
    expect(nightJson(night, "20261123T050000Z-7f3a", summary, undefined)).toEqual({
      night: "2026-11-23.2",
      run: "20261123T050000Z-7f3a",
      outcome: "succeeded",
      stages: shown,
      error: null,
    });
  });

  plain("that failed has the error beside them", () => {
    const ended = nightJson(night, "r", summary, new ServiceError("the disk is full", "free some space"));
    expect(ended).toEqual({
      night: "2026-11-23.2",
      run: "r",
      outcome: "failed",
      stages: shown,
      error: { message: "the disk is full", hint: "free some space", exit_code: 5 },
    });
    expect(nightJson(night, "r", summary, new ServiceError("gone"))).toMatchObject({
      error: { message: "gone", hint: null },
    });
  });

  plain("that had nothing to do has neither run nor stages", () => {
    expect(nightJson(night, null, undefined, undefined)).toEqual({
      night: "2026-11-23.2",
      run: null,
      outcome: "nothing_to_do",
      stages: [],
      error: null,
    });
  });
});

describe("a stage's failure as run-all's own", () => {
  const place = {
    root: "/srv/my churn",
    log: "/srv/my churn/logs/2026-11-23/r.jsonl",
    overrides: ["train.rounds=5", "split.salt=a b"],
    again: false,
    commands: ["run-all", "extract", "train"],
    stages: ["extract", "train"],
  };
  const goesOn = "churn -C '/srv/my churn' run-all --date 2026-11-23 --set train.rounds=5 --set 'split.salt=a b'";
  const log = "the run's log: '/srv/my churn/logs/2026-11-23/r.jsonl'";
  /** A command that means this night means this run of it, with its --set. */
  const ofThisRun = (hint: string) =>
    hint.replace("churn run-all --date 2026-11-23", goesOn).replace(/churn (?!-C)/, "churn -C '/srv/my churn' ");

  plain("says no more than the table of stages above it leaves to say", () => {
    expect(failureError(failure(), night, place, false)).toMatchObject({
      exitCode: 3,
      message: "1 of 13 quality gates failed",
      hint: ["look at the source", goesOn, log].join("\n"),
      details: [],
    });
  });

  plain("says where it happened and brings its evidence along where it stands alone", () => {
    expect(failureError(failure(), night, place, true)).toMatchObject({
      exitCode: 3,
      message: "validate of 2026-11-23.2: 1 of 13 quality gates failed",
      hint: ["look at the source", goesOn, log].join("\n"),
      details: ["row_count  7  at least 1,000"],
    });
  });

  plain("without a hint of its own has what every failure has", () => {
    expect(failureError(failure({ hint: null, exitCode: 5 }), night, place, false).hint).toBe(`${goesOn}\n${log}`);
  });

  plain.each([
    "churn run-all --date 2026-11-23 --again",
    "once it is there:\nchurn run-all --date 2026-11-22",
    "churn run-all --date 2026-11-23 --from train --quiet",
  ])("that has a whole line of its own to paste gets no second one: %j", (hint) => {
    const { hint: shown } = failureError(failure({ hint }), night, place, false);
    expect(shown).toBe(`${ofThisRun(hint)}\n${log}`);
  });

  plain("whose stage's command has no date gets the night's", () => {
    const hint = "churn train --force makes a new one";
    expect(failureError(failure({ hint }), night, place, false).hint).toBe(
      [`churn -C '/srv/my churn' train --date ${night.name} --force makes a new one`, goesOn, log].join("\n"),
    );
  });

  plain("of a run with --again has it in each line that goes on, once: the night is another one without it", () => {
    const shown = (hint: string | null) =>
      failureError(failure({ hint }), night, { ...place, again: true }, false).hint?.split("\n");
    expect(shown(null)).toEqual([`${goesOn} --again`, log]);
    expect(shown("once it is there:\nchurn run-all --date 2026-11-23")?.[1]).toBe(`${goesOn} --again`);
    expect(shown("churn run-all --date 2026-11-23 --again")).toEqual([`${goesOn} --again`, log]);
    expect(shown("churn run-all --date 2026-11-22")?.[0]).toBe("churn -C '/srv/my churn' run-all --date 2026-11-22");
  });

  plain("whose line is the same command gets the run's --set in it", () => {
    const hint = "once it is there:\nchurn run-all --date 2026-11-23";
    expect(failureError(failure({ hint }), night, place, false).hint).toBe(
      ["once it is there:", goesOn, log].join("\n"),
    );
  });

  plain.each([
    "churn run-all --date 2026-11-23 --again decides anew",
    "on purpose: churn run-all --date 2026-11-23 --accept-empty-registry",
    "churn extract --date 2026-11-23 --force",
  ])("gets one where its own has other words in it, or is another command: %j", (hint) => {
    const { hint: shown } = failureError(failure({ hint }), night, place, false);
    expect(shown).toBe([ofThisRun(hint), goesOn, log].join("\n"));
  });

  plain("that is a defect asks for a report, whatever its hint", () => {
    expect(failureError(failure({ exitCode: 1, name: "TypeError" }), night, place, false)).toMatchObject({
      exitCode: 1,
      hint: ["this is a defect in churn: please report it with the run's log", goesOn, log].join("\n"),
    });
  });

  plain("that is a stop by a signal has them too", () => {
    expect(runError(new InterruptedError("SIGTERM"), night, place)).toMatchObject({
      exitCode: 143,
      message: "stopped by SIGTERM",
      hint: ["the same command continues where it stopped", goesOn, log].join("\n"),
    });
  });
});
