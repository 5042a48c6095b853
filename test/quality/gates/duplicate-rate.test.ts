import { expect, test } from "vitest";
import { duplicateRate } from "../../../src/lib/quality/gates/duplicate-rate.ts";
import { customers, judge } from "../../support/gates.ts";

const checks = duplicateRate.checks({ duplicate_rate: { limit: 0.01, severity: "fail" } }, customers);

test("a share of duplicates at the limit holds, one above it fails", () => {
  const verdict = { severity: "fail", limit: "at most 1.0 %", detail: null };
  expect(judge(checks, { duplicate_rate: 0.01 })).toEqual({
    ...verdict,
    verdict: "passed",
    observed: 0.01,
    shown: "1.0 %",
  });
  expect(judge(checks, { duplicate_rate: 0.5 })).toEqual({
    ...verdict,
    verdict: "failed",
    observed: 0.5,
    shown: "50.0 %",
  });
  expect(judge(checks, { duplicate_rate: 0.0101 })).toMatchObject({ verdict: "failed", shown: "1.01 %" });
  const none = duplicateRate.checks({ duplicate_rate: { limit: 0.0002, severity: "fail" } }, customers);
  expect(judge(none, { duplicate_rate: 0.0003 })).toMatchObject({ shown: "0.03 %", limit: "at most 0.02 %" });
});
