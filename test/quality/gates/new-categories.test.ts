import { expect, test } from "vitest";
import { newCategories } from "../../../src/lib/quality/gates/new-categories.ts";
import { CATEGORIES_LISTED } from "../../../src/lib/quality/report.ts";
import { customers, judge } from "../../support/gates.ts";

const checks = newCategories.checks({ new_categories: { severity: "warn" } }, customers);

test("categories that were there before hold, and fewer of them too", () => {
  expect(judge(checks, { categories: { plan: ["a"] } }, { categories: { plan: ["a", "b"] } })).toEqual({
    severity: "warn",
    verdict: "passed",
    observed: 0,
    limit: "none",
    detail: null,
    shown: "0",
  });
});

test("a category that wasn't there fails, and is named with its column", () => {
  const before = { categories: { plan: ["a"], sex: ["f"] } };
  expect(judge(checks, { categories: { plan: ["a", 'b "gold"'], sex: ["m"] } }, before)).toEqual({
    severity: "warn",
    verdict: "failed",
    observed: 2,
    limit: "none",
    detail: 'plan "b \\"gold\\"", sex "m"',
    shown: "2",
  });
  expect(judge(checks, { categories: { plan: ["b", "c", "d", "e"] } }, before)).toMatchObject({
    observed: 4,
    detail: 'plan "b", plan "c", plan "d" and 1 more',
  });
});

test("a column that wasn't there has no new categories, whatever its name is", () => {
  const today = { categories: { constructor: ["a"], toString: ["b"] } };
  expect(judge(checks, today, { categories: {} })).toMatchObject({ verdict: "passed", observed: 0 });
});

test("a list that was cut off can't say what is new", () => {
  const known = Array.from({ length: CATEGORIES_LISTED }, (_, index) => `c${index}`);
  const today = { categories: { plan: ["x"] } };
  expect(judge(checks, today, { categories: { plan: known } })).toMatchObject({ verdict: "passed", observed: 0 });
  expect(judge(checks, today, { categories: { plan: known.slice(1) } })).toMatchObject({
    verdict: "failed",
    observed: 1,
  });
});

test("it doesn't apply to the first night", () => {
  expect(judge(checks, { categories: { plan: ["a"] } })).toEqual({
    severity: "warn",
    verdict: "not_applicable",
    observed: null,
    limit: "none",
    detail: null,
    shown: undefined,
  });
});
