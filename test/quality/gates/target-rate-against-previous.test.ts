import { expect, test } from "vitest";
import { targetRateAgainstPrevious } from "../../../src/lib/quality/gates/target-rate-against-previous.ts";
import { customers, judge } from "../../support/gates.ts";

const setting = { limit: 0.25, severity: "warn" } as const;
const checks = targetRateAgainstPrevious.checks({ target_rate_against_previous: setting }, customers);

test("it compares the share of churners with that of the night before", () => {
  expect(judge(checks, { target_rate: 0.9 }, { target_rate: 0.2 })).toEqual({
    severity: "warn",
    verdict: "failed",
    observed: 4.5,
    limit: "0.25 to 4 times",
    detail: "90.0 % against 20.0 %",
    shown: "4.50 ×",
  });
  expect(judge(checks, { target_rate: 0.05 }, { target_rate: 0.2 })).toMatchObject({ verdict: "passed" });
});

test("labels that are all null fail where there were some before", () => {
  expect(judge(checks, { target_rate: null }, { target_rate: 0.2 })).toMatchObject({
    verdict: "failed",
    observed: null,
    detail: "every label is null",
    shown: undefined,
  });
});

test("it doesn't apply to the first night, nor to one after a night without churners", () => {
  expect(judge(checks, {})).toMatchObject({ verdict: "not_applicable" });
  expect(judge(checks, {}, { target_rate: null })).toMatchObject({ verdict: "not_applicable" });
  expect(judge(checks, {}, { target_rate: 0 })).toMatchObject({ verdict: "not_applicable" });
});
