import { expect, test } from "vitest";
import { requireFollowable, requireNumbers } from "../../src/lib/compare/scorable.ts";
import type { Preprocessing } from "../../src/lib/prepare/preprocessing.ts";
import { recipe } from "../support/contest.ts";

const follow = (change: Partial<Preprocessing>, featureNames: readonly string[] = ["years"]) =>
  requireFollowable({ booster: { featureNames }, recipe: recipe(change) }, "version 3");
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const derived = (index: number, expression = "tenure") => ({ name: `d${index}`, expression, role: "numeric" as const });

test("churn's own recipe is followed, and one as large as any", () => {
  expect(() => follow({})).not.toThrow();
  expect(() => follow({ derive: many(500, (at) => derived(at)) })).not.toThrow();
});

test.for<[string, Partial<Preprocessing>, string]>([
  ["derived columns", { derive: many(501, (at) => derived(at)) }, "has 501 derived columns"],
  ["a long expression", { derive: [derived(0, "1+".repeat(10_001))] }, "has 20,002 letters in one expression"],
  ["long expressions", { derive: many(20, (at) => derived(at, "1".repeat(15_000))) }, "has 300,007 letters in its"],
  [
    "categories",
    {
      one_hot: [
        { column: "plan", categories: many(100_001, (at) => ({ value: `${at}`, name: `p${at}` })), other: null },
      ],
    },
    "has 100,001 categories",
  ],
  ["a U+0000", { fill: { plan: "'a\0b'" } }, "has a U+0000 in it"],
  [
    "categories of nothing",
    { one_hot: [{ column: "nosuch", categories: [], other: null }] },
    "makes categories of a column nosuch, which it doesn't have",
  ],
])("one that goes beyond is not: %s", ([, change, message]) => {
  expect(() => follow(change)).toThrow(expect.objectContaining({ exitCode: 4 }));
  expect(() => follow(change)).toThrow(`preprocessing.json of version 3 ${message}`);
});

test("nor are features beyond counting, or with a U+0000 in a name", () => {
  expect(() => follow({}, many(10_001, String))).toThrow("more than 10,000 features");
  expect(() => follow({}, ["a\0b"])).toThrow("has a U+0000 in a feature's name");
});

test("a feature is a number or a boolean", () => {
  const types = ["BOOLEAN", "UTINYINT", "BIGINT", "HUGEINT", "INTEGER", "FLOAT", "DOUBLE", "DECIMAL(18,3)"];
  const columns = types.map((type, index) => ({ name: `c${index}`, type }));
  const names = columns.map(({ name }) => name);
  expect(() => requireNumbers(columns, names, "version 3")).not.toThrow();
  for (const type of ["VARCHAR", "DATE", "TIMESTAMP", "BLOB", "DOUBLE[]", "STRUCT(a INTEGER)"]) {
    expect(() => requireNumbers([{ name: "c", type }], ["c"], "version 3")).toThrow(
      `version 3 has the feature c, which is ${type} and no number`,
    );
  }
  expect(() => requireNumbers([], ["c"], "version 3")).toThrow("which is nothing and no number");
});
