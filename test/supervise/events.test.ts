import { describe, expect, test } from "vitest";
import { QualityGateError } from "../../src/lib/errors.ts";
import { failedEvent, isSupervised, todayIn, wordToBegin } from "../../src/lib/supervise/events.ts";

describe("the word to begin", () => {
  const word = wordToBegin("2026-11-26");

  test("brings today's date", () => {
    expect(todayIn(word)).toBe("2026-11-26");
  });

  test("is none before all of it has come", () => {
    for (let length = 0; length < word.length; length += 1) expect(todayIn(word.slice(0, length))).toBeUndefined();
    expect(todayIn("stop 2026-11-26\n")).toBeUndefined();
  });
});

describe("a stage's failure", () => {
  test("that is churn's own tells all that its supervisor shows", () => {
    const error = new QualityGateError("1 of 10 quality gates failed", "look at the source", {
      details: ["null_rate"],
    });
    expect(failedEvent(error)).toEqual({
      event: "failed",
      name: "QualityGateError",
      message: "1 of 10 quality gates failed",
      hint: "look at the source",
      details: ["null_rate"],
      // Nobody has said whose they are.
      foreign: ["null_rate"],
      exitCode: 3,
      stack: null,
    });
  });

  test("that is the machine's has its reason in words", () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", path: "/a/b" });
    expect(failedEvent(error)).toMatchObject({
      name: "ServiceError",
      message: "/a/b: the disk is full",
      exitCode: 5,
      stack: null,
    });
  });

  test("that is a defect brings its stack along for the log", () => {
    const error = new TypeError("x is undefined");
    expect(failedEvent(error)).toEqual({
      event: "failed",
      name: "TypeError",
      message: "x is undefined",
      hint: null,
      details: [],
      foreign: ["x is undefined"],
      exitCode: 1,
      stack: error.stack,
    });
    expect(failedEvent("thrown text")).toMatchObject({ name: "unknown", message: "thrown text", exitCode: 1 });
  });
});

test("a process without a run's id is not supervised", () => {
  expect(isSupervised({})).toBe(false);
});
