import { expect, test } from "vitest";
import { type Failure, goesOn, stopsAll } from "../../src/lib/backfill/fill.ts";
import { ChurnError } from "../../src/lib/errors.ts";

const failure = (exitCode: number, name = "ServiceError", message = "train took longer than 2 h"): Failure => ({
  ...{ stage: "train", name, exitCode, message, foreign: [] },
  error: new ChurnError(exitCode, message),
});

test.each<[what: string, failed: Failure, before: Failure | undefined, stops: boolean]>([
  ["a setting, or credentials", failure(2, "UsageError"), undefined, true],
  ["a date without a snapshot", failure(2, "NoSnapshotError"), undefined, false],
  ["a quality gate", failure(3, "QualityGateError"), failure(3, "QualityGateError"), false],
  ["files of the night", failure(4, "InputError"), failure(4, "InputError"), false],
  ["a service that is down", failure(5, "UnreachableError"), undefined, true],
  ["a service that doesn't do what it is asked", failure(5, "FailingServiceError"), undefined, true],
  ["the machine, once", failure(5), undefined, false],
  ["the machine, twice in the same way", failure(5), failure(5, "ServiceError", "train took longer than 3 h"), true],
  ["the machine, each time otherwise", failure(5), failure(5, "ServiceError", "the disk is full"), false],
  ["a defect", failure(1, "TypeError"), failure(1, "TypeError"), false],
])("%s ends the other days as well, or doesn't", (_, failed, before, stops) => {
  expect(stopsAll(failed, before)).toBe(stops);
});

test("the command that goes on says all that was said, and can be pasted anywhere", () => {
  const days = ["2026-11-19", "2026-11-21"];
  const overrides = ["train.rounds=5", "source={url: 'csv:a b.csv'}"];
  expect(goesOn({ overrides }, "/srv/my churn", days, { allow_register: true })).toBe(
    "churn -C '/srv/my churn' backfill --since 2026-11-19 --until 2026-11-21 --allow-register " +
      `--set train.rounds=5 --set 'source={url: '\\''csv:a b.csv'\\''}'`,
  );
  expect(goesOn({ overrides: [] }, "/srv/churn", ["2026-11-19"], { allow_register: false })).toBe(
    "churn -C /srv/churn backfill --since 2026-11-19 --until 2026-11-19",
  );
});
