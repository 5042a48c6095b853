import { expect, test } from "vitest";
import { nullRate } from "../../../src/lib/quality/gates/null-rate.ts";
import { customers, judge } from "../../support/gates.ts";

const checks = nullRate.checks({ null_rate: { limit: 0.1, severity: "warn" } }, customers);

test("a share of nulls at the limit holds, one above it fails", () => {
  const verdict = { severity: "warn", limit: "at most 10.0 %", detail: null };
  expect(judge(checks, { null_rate: 0.1 })).toEqual({ ...verdict, verdict: "passed", observed: 0.1, shown: "10.0 %" });
  expect(judge(checks, { null_rate: 0.1001 })).toEqual({
    ...verdict,
    verdict: "failed",
    observed: 0.1001,
    shown: "10.01 %",
  });
});

test("a share and its limit are told apart, and so is the share of a column", () => {
  const set = (limit: number) => nullRate.checks({ null_rate: { limit, severity: "fail" } }, customers);
  const none = { null_rate: 0.0004, null_rate_by_column: { price: 0.0004 } };
  expect(judge(set(0), none)).toMatchObject({ shown: "0.04 %", limit: "at most 0.0 %", detail: "price 0.04 %" });
  expect(judge(set(0.0005), none)).toMatchObject({ shown: "0.0 %", limit: "at most 0.05 %", verdict: "passed" });
});

test("it names the columns above the limit, the worst first, three of them", () => {
  const detail = (null_rate_by_column: Record<string, number>) =>
    judge(checks, { null_rate: 0.5, null_rate_by_column }).detail;
  expect(detail({ id: 0, price: 0.11, plan: 0.9, tenure: 0.1 })).toBe("plan 90.0 %, price 11.0 %");
  expect(detail({ a: 0.2, b: 0.3, c: 0.4, d: 0.5, e: 0.6 })).toBe("e 60.0 %, d 50.0 %, c 40.0 % and 2 more");
});
