import { expect, test } from "vitest";
import { gateLines } from "../../../src/lib/cli/output/gates.ts";
import type { GateCheck } from "../../../src/lib/quality/report.ts";

function check(gate: string, more: Partial<GateCheck> = {}): GateCheck {
  return { gate, severity: "fail", verdict: "passed", observed: 0, limit: "none", detail: null, ...more };
}

test("gates stand under one another: measured values to the right, a failed one with what it is about", () => {
  expect(
    gateLines([
      check("null_rate", { observed: 0.00123, limit: "at most 10.0 %" }),
      check("rows_against_previous", { observed: 0.467, limit: "half to double" }),
      check("row_count", { verdict: "failed", observed: 999, limit: "at least 1,000", detail: "too few" }),
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
      check("columns", { verdict: "not_applicable", observed: null, limit: "as before" }),
      check("new_categories", { severity: "warn", verdict: "failed", observed: 2, detail: 'plan "c", plan "d"' }),
    ]),
  ).toEqual([
    "columns          –   as before   no earlier night",
    'new_categories   2   none        warns              plan "c", plan "d"',
  ]);
});

test("what a gate is about is shown only where it failed", () => {
  expect(gateLines([check("null_rate", { detail: "price 99.0 %" })])).toEqual(["null_rate   0.0 %   none   ok"]);
});

test("no gates are no lines", () => {
  expect(gateLines([])).toEqual([]);
});
