import { describe, expect, test } from "vitest";
import { ranges } from "../../../src/lib/quality/gates/ranges.ts";
import { customers, judgeTable } from "../../support/gates.ts";

type Range = { readonly min?: number; readonly max?: number };

/** The verdict on a column x of numbers. */
function verdictOn(values: string, range: Range, type = "DOUBLE") {
  return judgeTable(
    `SELECT row_number() OVER () AS id, true AS churned, x::${type} AS "x ""y""" FROM (VALUES ${values}) AS v(x)`,
    (of) => ranges.checks({ ranges: { 'x "y"': { ...range, severity: "fail" } } }, of),
  );
}

describe("values at the limits hold", () => {
  test.each([
    ["the lowest of a min", "(0), (5)", { min: 0 }, 0, "at least 0", "0"],
    ["the highest of a max", "(-3), (1234.5)", { max: 1234.5 }, 1234.5, "at most 1,234.5", "1,234.5"],
    ["both, of which the lowest is shown", "(0), (200)", { min: 0, max: 200 }, 0, "0 to 200", "0"],
    ["any, without limits", "(-1), (1)", {}, 1, "any", "1"],
  ])("%s", async (_, values, range, observed, limit, shown) => {
    expect(await verdictOn(values, range)).toEqual({
      severity: "fail",
      verdict: "passed",
      observed,
      limit,
      detail: null,
      shown,
    });
  });
});

describe("values beyond them fail, and the farther one is shown", () => {
  test.each([
    ["below a min", "(-0.001), (5)", { min: 0 }, -0.001, "at least 0", "1 row"],
    ["above a max", "(5), (5.001), (6)", { max: 5 }, 6, "at most 5", "2 rows"],
    ["below both", "(-1), (100)", { min: 0, max: 200 }, -1, "0 to 200", "1 row"],
    ["above both", "(0), (201)", { min: 0, max: 200 }, 201, "0 to 200", "1 row"],
    ["on both sides", "(-1), (201)", { min: 0, max: 200 }, -1, "0 to 200", "2 rows"],
  ])("%s", async (_, values, range, observed, limit, detail) => {
    expect(await verdictOn(values, range)).toMatchObject({ verdict: "failed", observed, limit, detail });
  });
});

test("whole numbers have ranges as well", async () => {
  expect(await verdictOn("(-1), (5)", { min: -0.5, max: 4.5 }, "BIGINT")).toMatchObject({
    verdict: "failed",
    observed: -1,
    limit: "-0.5 to 4.5",
    detail: "2 rows",
  });
});

test("nulls are in every range, and a column of nothing else has no value to show", async () => {
  expect(await verdictOn("(NULL), (3)", { min: 0, max: 5 })).toMatchObject({ verdict: "passed", observed: 3 });
  const nulls = { verdict: "passed", observed: null, shown: undefined };
  expect(await verdictOn("(NULL)", { min: 0 })).toMatchObject(nulls);
  expect(await verdictOn("(NULL)", { max: 0 })).toMatchObject(nulls);
  expect(await verdictOn("(NULL)", { min: 0, max: 5 })).toMatchObject(nulls);
});

test("each column has a check of its own, with its own severity", () => {
  const columns = ["a", "b"].map((name) => ({ name, type: "BIGINT", unused: null }));
  const settings = { a: { min: 0, severity: "warn" }, b: { severity: "fail" } } as const;
  const checks = ranges.checks({ ranges: settings }, { ...customers, columns });
  expect(checks.map(({ name, severity, hint }) => ({ name, severity, hint }))).toEqual([
    { name: "ranges.a", severity: "warn", hint: undefined },
    { name: "ranges.b", severity: "fail", hint: undefined },
  ]);
});

test("a column without a value is in every range, of whatever type it is", async () => {
  const verdict = await judgeTable("SELECT i AS id, true AS churned, NULL::VARCHAR AS x FROM range(9) AS r(i)", (of) =>
    ranges.checks(
      { ranges: { x: { min: 0, max: 5, severity: "fail" } } },
      { ...of, columns: [{ name: "x", type: "VARCHAR", unused: "no values" }] },
    ),
  );
  expect(verdict).toMatchObject({ verdict: "passed", observed: null });
});

describe("a range that can't be checked is a mistake in churn.yaml", () => {
  const columns = [
    { name: "price", type: "DOUBLE", unused: null },
    { name: "plan", type: "VARCHAR", unused: null },
    { name: "since", type: "DATE", unused: null },
  ];
  const asked = (name: string) => () =>
    ranges.checks({ ranges: { [name]: { min: 0, severity: "fail" } } }, { ...customers, columns });

  test.each([
    ["prise", "gates.ranges: the customers have no column prise", "did you mean price?"],
    ["x", "gates.ranges: the customers have no column x", "there are price, plan, since"],
    [
      "plan",
      "gates.ranges: plan is of type VARCHAR, a range needs numbers",
      "dataset: { types: { plan: numeric } } reads text as numbers",
    ],
    [
      "since",
      "gates.ranges: since is of type DATE, a range needs numbers",
      "dataset: { types: { since: numeric } } reads text as numbers",
    ],
  ])("%s", (name, message, hint) => {
    expect(asked(name)).toThrow(expect.objectContaining({ exitCode: 2, message, hint }));
  });
});

test("its setting has a min that is no more than its max, and fails unless it is to warn", () => {
  const { schema } = ranges;
  expect(schema.parse(undefined)).toEqual({});
  expect(schema.parse({ a: { min: 1, max: 1 }, b: { severity: "warn" } })).toEqual({
    a: { min: 1, max: 1, severity: "fail" },
    b: { severity: "warn" },
  });
  expect(schema.safeParse({ a: { min: 2, max: 1 } }).error?.issues).toMatchObject([
    { path: ["a"], message: "a range has a min above its max" },
  ]);
  expect(schema.parse({ a: { max: 1 }, b: { min: 1 } })).toMatchObject({ a: { max: 1 }, b: { min: 1 } });
  expect(schema.safeParse({ a: { lowest: 2 } }).success).toBe(false);
  expect(schema.safeParse({ "": { min: 2 } }).success).toBe(false);
});
