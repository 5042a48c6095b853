import { expect, test } from "vitest";
import { columns, newColumns } from "../../../src/lib/quality/gates/columns.ts";
import type { ColumnKind, DecidedColumn } from "../../../src/lib/source/kinds.ts";
import { customers, judge } from "../../support/gates.ts";

const checks = columns.checks({ columns: { severity: "fail" } }, customers);
const id = numeric("id");
const price = numeric("price");
const plan: DecidedColumn = { name: "plan", type: "VARCHAR", kind: "categorical", unused: null };
const empty: DecidedColumn = { name: "price", type: "VARCHAR", kind: null, unused: "no values" };

function numeric(name: string): DecidedColumn {
  return { name, type: "BIGINT", kind: "numeric", unused: null };
}

test("the same columns hold, in whatever order", () => {
  expect(judge(checks, { columns: [price, id] }, { columns: [id, price] })).toEqual({
    severity: "fail",
    verdict: "passed",
    observed: 0,
    limit: "as before",
    detail: null,
    shown: "0",
  });
});

test("a column that is gone, new or of another kind fails; those that are gone come first", () => {
  expect(
    judge(
      checks,
      { columns: [id, plan, { ...plan, name: "price" }] },
      { columns: [price, id, { ...id, name: "sex" }] },
    ),
  ).toEqual({
    severity: "fail",
    verdict: "failed",
    observed: 3,
    limit: "as before",
    detail: "sex is gone, plan is new, price was numeric, is categorical",
    shown: "3",
  });
  expect(judge(checks, { columns: [id, plan] }, { columns: [id] })).toMatchObject({
    observed: 1,
    detail: "plan is new",
  });
});

test.each([
  ["another type of the same kind", { ...price, type: "DOUBLE" }, price],
  ["a column without a value today", empty, price],
  ["a column that had no value", price, empty],
] as const)("%s is no difference", (_, now, before) => {
  expect(judge(checks, { columns: [now] }, { columns: [before] })).toMatchObject({ verdict: "passed", observed: 0 });
});

test("a kind that dataset.types asks for is changed on purpose", () => {
  const asking = (kind: ColumnKind) => {
    const table = { ...customers, dataset: { ...customers.dataset, types: { price: kind } } };
    return columns.checks({ columns: { severity: "fail" } }, table);
  };
  const now = { ...price, kind: "ignore", unused: "dataset.types" } as const;
  expect(judge(asking("ignore"), { columns: [now] }, { columns: [price] })).toMatchObject({ verdict: "passed" });
  expect(judge(checks, { columns: [now] }, { columns: [price] })).toMatchObject({
    verdict: "failed",
    detail: "price was numeric, is not used",
  });
});

test("a number that has become text is told by both kinds, be the text of categories or of names", () => {
  const texts = { name: "price", type: "VARCHAR", kind: "ignore", unused: "unique text" } as const;
  const said = (now: DecidedColumn, before: DecidedColumn) =>
    judge(checks, { columns: [now] }, { columns: [before] }).detail;
  expect(said(texts, price)).toBe("price was numeric, is unique text");
  expect(said(price, texts)).toBe("price was unique text, is numeric");
  expect(said({ ...plan, name: "price" }, price)).toBe("price was numeric, is categorical");
});

test("a number that is known as an index now is no change of the source", () => {
  const now = { ...price, kind: "ignore", unused: "index" } as const;
  expect(judge(checks, { columns: [now] }, { columns: [price] })).toMatchObject({ verdict: "passed" });
  expect(judge(checks, { columns: [price] }, { columns: [now] })).toMatchObject({
    verdict: "failed",
    detail: "price was not used, is numeric",
  });
});

test("a new column fails where all are features, and not where a list says which", () => {
  const listed = columns.checks({ columns: { severity: "fail" } }, { ...customers, features: ["price"] });
  expect(judge(listed, { columns: [id, plan] }, { columns: [id] })).toMatchObject({ verdict: "passed" });
  expect(judge(listed, { columns: [plan] }, { columns: [id] })).toMatchObject({ detail: "id is gone" });
  expect(newColumns([id, plan, price], [price])).toEqual(["id", "plan"]);
});

test("of many differences three are named", () => {
  const names = ["a", "b", "c", "d", "e"].map(numeric);
  expect(judge(checks, { columns: names }, { columns: [] })).toMatchObject({
    observed: 5,
    detail: "a is new, b is new, c is new and 2 more",
  });
});

test("it doesn't apply to the first night", () => {
  expect(judge(checks, { columns: [id] })).toEqual({
    severity: "fail",
    verdict: "not_applicable",
    observed: null,
    limit: "as before",
    detail: null,
    shown: undefined,
  });
});

test("who changed the columns on purpose is told how to go on", () => {
  expect(checks.map(({ hint }) => hint?.("2026-11-23"))).toEqual([
    "columns that changed on purpose: churn run-all --date 2026-11-23 --set gates.columns=warn",
  ]);
});

test("switched off it checks nothing", () => {
  expect(columns.checks({ columns: false }, customers)).toEqual([]);
});
