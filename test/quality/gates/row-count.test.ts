import { expect, test } from "vitest";
import { rowCount } from "../../../src/lib/quality/gates/row-count.ts";
import { customers, judge } from "../../support/gates.ts";

const checks = rowCount.checks({ row_count: { limit: 1000, severity: "fail" } }, customers);

test("so many rows as the limit hold, one fewer fails", () => {
  const verdict = { severity: "fail", limit: "at least 1,000", detail: null };
  expect(judge(checks, { row_count: 1000 })).toEqual({ ...verdict, verdict: "passed", observed: 1000, shown: "1,000" });
  expect(judge(checks, { row_count: 999 })).toEqual({ ...verdict, verdict: "failed", observed: 999, shown: "999" });
});

test("switched off it checks nothing", () => {
  expect(rowCount.checks({ row_count: false }, customers)).toEqual([]);
});
