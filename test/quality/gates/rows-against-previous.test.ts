import { expect, test } from "vitest";
import { rowsAgainstPrevious } from "../../../src/lib/quality/gates/rows-against-previous.ts";
import { customers, judge } from "../../support/gates.ts";

const checks = rowsAgainstPrevious.checks({ rows_against_previous: { limit: 0.5, severity: "fail" } }, customers);

test("it compares rows with those of the night before", () => {
  expect(judge(checks, { row_count: 1400 }, { row_count: 3000 })).toEqual({
    severity: "fail",
    verdict: "failed",
    observed: 1400 / 3000,
    limit: "half to double",
    detail: "1,400 against 3,000",
    shown: "0.47 ×",
  });
  expect(judge(checks, { row_count: 1500 }, { row_count: 3000 })).toMatchObject({ verdict: "passed", shown: "0.50 ×" });
});

test("a ratio has the digits that tell it from its limits", () => {
  const shown = (now: number) => judge(checks, { row_count: now }, { row_count: 10_000 }).shown;
  expect([4996, 5000, 19_996, 20_004].map(shown)).toEqual(["0.4996 ×", "0.50 ×", "1.9996 ×", "2.0004 ×"]);
});

test("it doesn't apply to the first night", () => {
  expect(judge(checks, {})).toEqual({
    severity: "fail",
    verdict: "not_applicable",
    observed: null,
    limit: "half to double",
    detail: null,
    shown: undefined,
  });
});
