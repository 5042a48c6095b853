import { expect, test } from "vitest";
import { defineGate } from "../../src/lib/quality/gates/gate.ts";
import { count, limitSetting } from "../../src/lib/quality/gates/setting.ts";
import { customers, measureTable } from "../support/gates.ts";

test("a table in numbers: rows, nulls, duplicates, labels, columns and categories", async () => {
  const { figures, measured } = await measureTable(
    `SELECT * FROM (VALUES
       (1::BIGINT, true, 'b', 1.5::DOUBLE), (1, false, 'a', NULL), (2, NULL, 'b', NULL), (NULL, false, NULL, NULL)
     ) AS t(id, churned, plan, price)`,
  );
  expect(figures).toEqual({
    row_count: 4,
    null_rate: 6 / 16,
    null_rate_by_column: { id: 1 / 4, churned: 1 / 4, plan: 1 / 4, price: 3 / 4 },
    duplicate_rate: 1 / 4,
    target_distribution: { false: 2, true: 1 },
    target_rate: 1 / 3,
    columns: [
      { name: "id", type: "BIGINT", kind: "numeric", unused: null },
      { name: "churned", type: "BOOLEAN", kind: "boolean", unused: null },
      { name: "plan", type: "VARCHAR", kind: "categorical", unused: null },
      { name: "price", type: "DOUBLE", kind: "numeric", unused: null },
    ],
    categories: { plan: ["a", "b"] },
  });
  expect(measured).toEqual(new Map());
});

test("an empty table has no rates to divide by", async () => {
  const { figures } = await measureTable("SELECT 1 AS id, true AS churned, 'a' AS plan WHERE false");
  expect(figures).toMatchObject({
    row_count: 0,
    null_rate: 0,
    null_rate_by_column: { id: 0, churned: 0, plan: 0 },
    duplicate_rate: 0,
    target_distribution: {},
    target_rate: null,
    categories: { plan: [] },
  });
});

test("labels without a value have no rate, and those that nobody called churned one of 0", async () => {
  const rate = async (label: string) =>
    (await measureTable(`SELECT i AS id, ${label} AS churned FROM range(10) AS r(i)`)).figures.target_rate;
  expect(await rate("NULL::BOOLEAN")).toBeNull();
  expect(await rate("'no'")).toBe(0);
});

test("what counts as churned depends on the label's type: true is 1 among numbers, and the text true", async () => {
  const rate = async (label: string) =>
    (await measureTable(`SELECT i AS id, ${label} AS churned FROM range(10) AS r(i)`)).figures.target_rate;
  expect(await rate("i % 5")).toBe(0.2);
  expect(await rate("(i % 5 = 0)::VARCHAR")).toBe(0.2);
  expect(await rate("i % 5 = 0")).toBe(0.2);
});

test("of a label with too many values the most frequent hundred are listed, in order", async () => {
  const { figures } = await measureTable(
    "SELECT i AS id, lpad((i % 150)::VARCHAR, 3, '0') AS churned FROM range(300 + 20) AS r(i)",
  );
  const labels = Object.keys(figures.target_distribution);
  expect(labels).toHaveLength(100);
  expect(labels).toEqual([...labels].sort());
  expect(figures.target_distribution).toMatchObject({ "000": 3, "019": 3, "020": 2, "099": 2 });
});

test("only categories are listed, at most ten thousand a column, in order", async () => {
  const { figures } = await measureTable(
    "SELECT i AS id, true AS churned, 'c' || lpad(i::VARCHAR, 5, '0') AS city, i * 2 AS price FROM range(10_001) AS r(i)",
  );
  expect(Object.keys(figures.categories)).toEqual(["city"]);
  expect(figures.categories.city).toHaveLength(10_000);
  expect(figures.categories.city?.at(-1)).toBe("c09999");
});

test("what each check asks for comes to its own numbers, whatever others call theirs", async () => {
  const gate = defineGate({
    name: "late",
    schema: limitSetting(count, 0),
    measures: (_, { limit }) => ({
      rows: `count(*) FILTER (WHERE id >= ${limit})`,
      none: "max(id) FILTER (WHERE false)",
    }),
    check: (_, { measured }) => ({ holds: true, observed: measured("rows"), limit: "" }),
    shown: String,
  });
  const checks = [3, 7].flatMap((limit) => gate.checks({ late: { limit, severity: "fail" } }, customers));
  const { measured } = await measureTable("SELECT i AS id, true AS churned FROM range(10) AS r(i)", () => checks);
  expect(checks.map((check) => measured.get(check))).toEqual([
    { rows: 7, none: null },
    { rows: 3, none: null },
  ]);
});
