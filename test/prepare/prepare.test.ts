import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { customers, customersTest, customersTrain, preprocessing } from "../../src/lib/artifacts/artifacts.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { matrixOf } from "../../src/lib/matrix/matrix.ts";
import { prepare } from "../../src/lib/prepare/prepare.ts";
import type { Preprocessing } from "../../src/lib/prepare/preprocessing.ts";
import { dataNight, writeDuckdb } from "../support/data-night.ts";

const WHERE = "preprocessing.json of version 3";
const row = z.record(z.string(), z.unknown());

/** A night whose customers were split and encoded, and the recipe of it. */
async function preparedNight() {
  const night = await dataNight({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "duckdb:customers.duckdb", table: "customers" },
    gates: { row_count: 1, null_rate: false, duplicate_rate: false },
    transform: {
      fill: { x: "y * 2", y: "z" },
      derive: { ratio: "x / (y + 1)", level: "CASE WHEN ratio > 1 THEN 'high' ELSE 'low' END" },
      max_categories: 3,
    },
  });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i // 2 AS id, (i // 2) % 3 = 0 AS churned, CASE WHEN (i // 2) % 4 > 0 THEN i END AS x, i % 10 AS y, i AS z,
       'plan ' || (i % 5) AS plan, i * 0.5 AS unused, ['a', NULL][i % 2 + 1] AS kind FROM range(300) AS r(i)`,
  );
  await night.run("extract", "validate", "transform");
  return { night, recipe: await night.read(preprocessing) };
}

test("a night's own recipe gives the columns that transform wrote", async () => {
  const { night, recipe } = await preparedNight();
  await using _night = night;
  await using db = await openDatabase();
  const relation = await prepare(db, {
    customersPath: night.path(customers),
    preprocessing: recipe,
    where: WHERE,
    trust: "own",
  });
  const sides = `read_parquet(['${night.path(customersTrain)}', '${night.path(customersTest)}'])`;
  const [difference] = await db.rows(
    `SELECT (SELECT count(*) FROM (FROM ${relation} EXCEPT ALL FROM (SELECT id, COLUMNS(* EXCLUDE id) FROM ${sides}))) AS missing,
       (SELECT count(*) FROM ${relation}) AS rows`,
    z.object({ missing: z.int(), rows: z.int() }),
  );
  expect(difference).toEqual({ missing: 0, rows: 150 });
});

test("an older model's columns come from today's raw customers, ordered by id, though it had other features", async () => {
  const { night, recipe } = await preparedNight();
  await using _night = night;
  await using db = await openDatabase();
  const features = ["level_high", "plan_other", "kind_a", "kind_gone", "x"];
  const relation = await prepare(db, {
    customersPath: night.path(customers),
    preprocessing: recipe,
    features,
    where: WHERE,
    trust: "foreign",
  });
  expect(await db.rows(`FROM ${relation} LIMIT 3`, row)).toEqual([
    { id: 0, level_high: 0, plan_other: expect.any(Number), kind_a: 1, kind_gone: 0, x: 0 },
    { id: 1, level_high: 0, plan_other: expect.any(Number), kind_a: 1, kind_gone: 0, x: 2 },
    { id: 2, level_high: 0, plan_other: expect.any(Number), kind_a: 1, kind_gone: 0, x: 4 },
  ]);
  const matrix = await matrixOf(db, relation, features);
  expect(matrix.rowCount).toBe(150);
  expect(matrix.columns[2]).toEqual(new Float32Array(150).fill(1));
  await expect(db.rows(`FROM '${night.path(customers)}'`, row)).rejects.toThrow(/disabled/);
});

test.each([
  ["a column that no feature needs may be gone", "* EXCLUDE (unused, kind)", ["x", "plan_other"], undefined],
  [
    "a column behind a derived one is missed",
    "* EXCLUDE (y)",
    ["level_low"],
    `${WHERE} needs the column y, which the customers don't have any more`,
  ],
  [
    "a column behind a fill is missed",
    "* EXCLUDE (y)",
    ["x"],
    `${WHERE} needs the column y, which the customers don't have any more`,
  ],
  [
    "a category's column is missed",
    "* EXCLUDE (plan)",
    ["plan_other"],
    `${WHERE} needs the column plan, which the customers don't have any more`,
  ],
  ["a fill's own column needs no fill", "* EXCLUDE (z)", ["x", "plan_other"], undefined],
  ["a flag is no number", "* REPLACE (x > 5 AS x)", ["x"], `${WHERE} needs x as BIGINT, it is BOOLEAN now`],
  ["text is no number", "* REPLACE (x::VARCHAR AS x)", ["x"], `${WHERE} needs x as BIGINT, it is VARCHAR now`],
  ["another width of number is one", "* REPLACE (x::DOUBLE AS x)", ["x", "ratio"], undefined],
  ["a number can be a category", "* REPLACE (y AS plan)", ["plan_other"], undefined],
  ["so can a float", "* REPLACE (y::DOUBLE AS plan)", ["plan_other"], undefined],
  [
    "a column without a value can be anything",
    "* REPLACE (NULL::DATE AS x, NULL::BOOLEAN AS plan)",
    ["x", "plan_other"],
    undefined,
  ],
])("%s", async (_, select, features, message) => {
  const { night, recipe } = await preparedNight();
  await using _night = night;
  await using db = await openDatabase();
  const path = join(night.root, "changed.parquet");
  await db.run(`COPY (SELECT ${select} FROM '${night.path(customers)}') TO '${path}'`);
  const preparing = prepare(db, {
    customersPath: path,
    preprocessing: recipe,
    features,
    where: WHERE,
    trust: "foreign",
  });
  if (message === undefined) await expect(preparing).resolves.toBe("prepared");
  else await expect(preparing).rejects.toMatchObject({ name: "InputError", message });
});

/** What an older model's recipe makes of today's codes: of each of its one-hot columns, for whom it is 1. */
async function encoded(categories: readonly string[], today: string) {
  await using night = await dataNight({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "duckdb:customers.duckdb", table: "customers" },
  });
  await using db = await openDatabase();
  const path = join(night.root, "today.parquet");
  await db.run(`COPY (SELECT i AS id, i % 2 = 0 AS churned, ${today} AS code FROM range(6) AS r(i)) TO '${path}'`);
  const names = categories.map((value) => `code_${value}`);
  const recipe: Preprocessing = {
    dataset: { id: "id", date: null, target: { column: "churned", positive: true } },
    columns: [
      { name: "id", type: "BIGINT", role: "id", unused: null },
      { name: "code", type: "VARCHAR", role: "categorical", unused: null },
      { name: "churned", type: "BOOLEAN", role: "target", unused: null },
    ],
    fill: {},
    derive: [],
    one_hot: [
      { column: "code", categories: categories.map((value) => ({ value, name: `code_${value}` })), other: null },
    ],
    split: { method: "customer", test: 0.2, salt: "churn", cuts: null },
  };
  const relation = await prepare(db, {
    customersPath: path,
    preprocessing: recipe,
    features: names,
    where: WHERE,
    trust: "own",
  });
  const [sums] = await db.rows(
    `SELECT ${names.map((name) => `list(id ORDER BY id) FILTER ("${name}" = 1)::VARCHAR AS "${name}"`).join(", ")} FROM ${relation}`,
    z.record(z.string(), z.string().nullable()),
  );
  return Object.values(sums ?? {});
}

test.each([
  ["an integer", "1 + i % 3"],
  ["a float", "(1 + i % 3)::DOUBLE"],
  ["text", "(1 + i % 3)::VARCHAR"],
  ["text of floats", "(1 + i % 3)::DOUBLE::VARCHAR"],
])(
  "an older model knows its categories again in %s, as they are spelled today and as churn 1.x did",
  async (_, today) => {
    expect(await encoded(["1", "2", "3"], today)).toEqual(["[0, 3]", "[1, 4]", "[2, 5]"]);
    expect(await encoded(["1.0", "2.0", "3.0"], today)).toEqual(["[0, 3]", "[1, 4]", "[2, 5]"]);
  },
);

test("of two categories of one value the one that is spelled so today has its customers", async () => {
  expect(await encoded(["1", "1.0", "1.5"], "['1', '1.0', '1.5'][i % 3 + 1]")).toEqual([
    "[0, 1, 3, 4]",
    null,
    "[2, 5]",
  ]);
  expect(await encoded(["1.0", "1.00"], "'1'")).toEqual(["[0, 1, 2, 3, 4, 5]", null]);
});

test.each([
  ["read_text('/etc/hostname')", "reads a table or a file"],
  ["(SELECT 1)", "a sub-query looks at other rows"],
])("a recipe from elsewhere is checked before it can run: %s", async (expression, reason) => {
  const { night, recipe } = await preparedNight();
  await using _night = night;
  await using db = await openDatabase();
  const foreign: Preprocessing = { ...recipe, derive: [{ name: "bad", expression, role: "numeric" }], one_hot: [] };
  const preparing = prepare(db, {
    customersPath: night.path(customers),
    preprocessing: foreign,
    features: ["bad"],
    where: WHERE,
    trust: "foreign",
  });
  await expect(preparing).rejects.toThrow(`${WHERE}.derive.bad: `);
  await expect(preparing).rejects.toThrow(reason);
});
