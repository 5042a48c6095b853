import { expect, test } from "vitest";
import { leakage } from "../../../src/lib/quality/gates/leakage.ts";
import { judgeTable } from "../../support/gates.ts";

/** A table of 1,000 customers, 200 of whom churned; more columns are made by SQL over i. */
const table = (columns: string) => `SELECT i AS id, i % 5 = 0 AS churned, ${columns} FROM range(1000) AS r(i)`;
const judge = (columns: string, setting: unknown = undefined, target = {}) =>
  judgeTable(table(columns), (of) => leakage.checks({ leakage: leakage.schema.parse(setting) }, of), target);

test("columns that know little by themselves hold, and the one that knows most is observed", async () => {
  expect(
    await judge("(i * 7919) % 72 AS tenure, CASE WHEN i % 5 = 0 OR i % 2 = 0 THEN 'a' ELSE 'b' END AS plan"),
  ).toEqual({
    severity: "fail",
    verdict: "passed",
    observed: 0.75,
    limit: "at most 0.98",
    detail: null,
    shown: "0.750",
  });
});

test("columns that tell the label are named, the worst first, with the category or null", async () => {
  const columns = `i % 5 AS sorted, CASE WHEN i % 5 <> 0 OR i < 10 THEN 'x' END AS reason, i % 7 AS tenure,
    CASE WHEN i % 5 = 0 AND i > 20 THEN 'closed' ELSE 'open ' || i % 3 END AS status`;
  expect(await judge(columns)).toEqual({
    severity: "fail",
    verdict: "failed",
    observed: 1,
    limit: "at most 0.98",
    detail: 'sorted 1.000, reason null 0.995, status "closed" 0.988',
    shown: "1.000",
  });
});

test("an AUC at the limit holds", async () => {
  const columns = "CASE WHEN i % 5 = 0 OR i % 2 = 0 THEN 'a' ELSE 'b' END AS plan";
  expect(await judge(columns, 0.75)).toMatchObject({ verdict: "passed", limit: "at most 0.75" });
  expect(await judge(columns, { limit: 0.74, severity: "warn" })).toMatchObject({
    verdict: "failed",
    severity: "warn",
  });
});

test("columns that can't become features are not asked", async () => {
  const types = { types: { reason: "ignore" } } as const;
  const columns = "i % 5 AS reason, DATE '2026-01-01' + (i % 5)::INTEGER AS left_on, (i * 7) % 11 AS tenure";
  expect(await judge(columns, undefined, types)).toMatchObject({ verdict: "passed" });
  expect(await judge(columns)).toMatchObject({ verdict: "failed", detail: "reason 1.000" });
});

test("with one class, or too few of one, it doesn't apply", async () => {
  expect(await judge("i AS tenure", undefined, { target: { column: "churned", positive: "gone" } })).toEqual({
    severity: "fail",
    verdict: "not_applicable",
    observed: null,
    limit: "at most 0.98",
    detail: "too few of a class",
    shown: undefined,
  });
});

test("switched off it asks for nothing", async () => {
  expect(
    await judgeTable(table("i % 5 AS x"), (of) => [
      ...leakage.checks({ leakage: false }, of),
      ...leakage.checks({ leakage: leakage.schema.parse({ limit: 1 }) }, of),
    ]),
  ).toMatchObject({ verdict: "passed", limit: "at most 1" });
});
