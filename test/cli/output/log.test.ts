import { Chalk } from "chalk";
import { describe, expect, test } from "vitest";
import { logLineLines } from "../../../src/lib/cli/output/log.ts";

const shown = { chalk: new Chalk({ level: 0 }), timezone: "Europe/Berlin" };
const line = (fields: Readonly<Record<string, unknown>>) =>
  logLineLines(
    JSON.stringify({
      level: "info",
      time: "2026-11-23T05:00:00.250Z",
      run: "20261123T050000Z-7f3a",
      night: "2026-11-23",
      stage: "train",
      msg: "stage ended",
      ...fields,
    }),
    shown,
  );

describe("a line of a log", () => {
  test("has the time by the workspace's clocks, stage, message and values; what has parts of its own is left out", () => {
    expect(line({ seconds: 2.34567, outcome: "succeeded", isLast: true, result: { rows: 7043 } })).toEqual([
      "06:00:00  train      stage ended  seconds 2.346, outcome succeeded, isLast true",
    ]);
    expect(line({ stage: "run-all", msg: "run ends" })).toEqual(["06:00:00  run-all    run ends"]);
  });

  test("names its level where it is no mere information, and wraps below its own words", () => {
    const doubt = "the disk has 3.1 GB free, and a night as large as the last one takes 4.2 GB of it";
    expect(line({ level: "warn", msg: "the disk may be too small", doubt })).toEqual([
      "06:00:00  train      warn  the disk may be too small  doubt the disk has 3.1 GB",
      "                     free, and a night as large as the last one takes 4.2 GB of",
      "                     it",
    ]);
  });

  test("of a failure has its sentence, and the evidence and what to do below", () => {
    const failed = {
      level: "error",
      msg: "stage failed",
      seconds: 0.2,
      event: "failed",
      name: "QualityGateError",
      message: "1 of 11 quality gates failed",
      hint: "look at the source\nchurn run-all",
      details: ["row_count   612   at least 1,000   failed"],
      foreign: [],
      exitCode: 3,
      stack: null,
    };
    expect(line(failed)).toEqual([
      "06:00:00  train      error  stage failed: 1 of 11 quality gates failed  seconds",
      "                     0.2",
      "                     row_count   612   at least 1,000   failed",
      "                     look at the source",
      "                     churn run-all",
    ]);
    expect(line({ level: "error", msg: "stage failed", error: "RangeError: 1", stack: "at a\nat b" })).toEqual([
      "06:00:00  train      error  stage failed: RangeError: 1",
      "                     at a",
      "                     at b",
    ]);
  });

  test("that is none is shown as it is, and moves no cursor", () => {
    expect(logLineLines('{"level":"inf\u001b[2J', shown)).toEqual(['{"level":"inf�[2J']);
    expect(line({ msg: "a\u001b[2Jb", command: ["churn", "run-all"] })).toEqual([
      "06:00:00  train      a�[2Jb  command churn run-all",
    ]);
  });
});
