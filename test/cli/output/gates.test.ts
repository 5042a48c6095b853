import { expect, test } from "vitest";
import { gateLines } from "../../../src/lib/cli/output/gates.ts";
import type { CheckResult } from "../../../src/lib/quality/check.ts";
import type { GateCheck } from "../../../src/lib/quality/report.ts";

function result(gate: string, shown: string | undefined, more: Partial<GateCheck> = {}): CheckResult {
  const verdict: GateCheck = {
    gate,
    severity: "fail",
    verdict: "passed",
    observed: shown === undefined ? null : 0,
    limit: "none",
    detail: null,
    waived: null,
    ...more,
  };
  return { verdict, shown, hint: undefined };
}

test("gates stand under one another: measured values to the right, a failed one with what it is about", () => {
  expect(
    gateLines([
      result("null_rate", "0.1 %", { limit: "at most 10.0 %" }),
      result("rows_against_previous", "0.47 ×", { limit: "half to double" }),
      result("row_count", "999", { verdict: "failed", limit: "at least 1,000", detail: "too few" }),
    ]),
  ).toEqual([
    "null_rate                0.1 %   at most 10.0 %   ok",
    "rows_against_previous   0.47 ×   half to double   ok",
    "row_count                  999   at least 1,000   failed   too few",
  ]);
});

test("a gate that only warns says so, and one without an earlier night that there is none", () => {
  expect(
    gateLines([
      result("columns", undefined, { verdict: "not_applicable", limit: "as before" }),
      result("new_categories", "2", { severity: "warn", verdict: "failed", detail: 'plan "c", plan "d"' }),
    ]),
  ).toEqual([
    "columns          –   as before   no earlier night",
    'new_categories   2   none        warns              plan "c", plan "d"',
  ]);
});

test("what a gate is about is shown only where it failed", () => {
  expect(gateLines([result("null_rate", "0.0 %", { detail: "price 99.0 %" })])).toEqual([
    "null_rate   0.0 %   none   ok",
  ]);
});

test("a gate that failed may have nothing more to say", () => {
  expect(gateLines([result("row_count", "5", { verdict: "failed" })])).toEqual(["row_count   5   none   failed"]);
});

test("no gates are no lines", () => {
  expect(gateLines([])).toEqual([]);
});

test("one that is waived says so", () => {
  const waived = { by: "maria", host: "vm-ml-1", at: "2026-11-23T07:00:00.000Z", reason: "two branches were closed" };
  expect(gateLines([result("row_count", "999", { verdict: "failed", waived })])).toEqual([
    "row_count   999   none   waived",
  ]);
});
