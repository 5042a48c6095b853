import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { customers, customersTest, customersTrain, preprocessing } from "../../src/lib/artifacts/artifacts.ts";
import type { configSchema } from "../../src/lib/config/schema.ts";
import { makeSample } from "../../src/lib/sample/snapshots.ts";
import { dataNight, writeDuckdb } from "../support/data-night.ts";

const telco = {
  dataset: { id: "customer_id", date: "snapshot_date", target: { column: "churned", positive: true } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
  transform: {
    fill: { total_charges: "0" },
    derive: { avg_monthly: "total_charges / (tenure_months + 1)" },
  },
};
const small = {
  dataset: { id: "id", target: { column: "churned" } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
  gates: { row_count: 1, null_rate: false, duplicate_rate: false, null_ids: false, classes: false },
} satisfies z.input<typeof configSchema>;

const SIDES = ["train", "test"] as const;

/** A current-state table of customers; the columns are made by SQL over i. */
async function smallNight(columns: string, config: Partial<z.input<typeof configSchema>> = {}, rows = 400) {
  const night = await dataNight({ ...small, ...config });
  await writeTable(night.root, columns, rows);
  return night;
}

async function writeTable(root: string, columns: string, rows = 400) {
  await rm(join(root, "customers.duckdb"), { force: true });
  await writeDuckdb(
    join(root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT ${columns} FROM range(${rows}) AS r(i)`,
  );
}

const ids = z.object({ id: z.string() }).transform(({ id }) => id);

test("the sample splits into 5,608 and 1,435 customers, whose columns are raw, then derived, then one-hot", async () => {
  await using night = await dataNight(telco);
  await makeSample({ file: join(night.root, "customers.duckdb"), date: "2026-11-23" });
  const { line, record } = await night.run("extract", "validate", "transform");
  expect(line).toBe("5,608 train, 1,435 test");
  expect(record.result).toMatchObject({
    train: {
      rows: 5608,
      sha256: record.outputs.customersTrain?.kind === "file" ? record.outputs.customersTrain.sha256 : "",
    },
    test: { rows: 1435 },
    dropped: { null_labels: 0, null_ids: 0, duplicates: 0 },
    columns: 17,
  });
  const described = z
    .object({ column_name: z.string(), column_type: z.string() })
    .transform((c) => `${c.column_name} ${c.column_type}`);
  expect(await night.rows(`DESCRIBE FROM '${night.path(customersTest)}'`, described)).toEqual([
    "snapshot_date DATE",
    "customer_id VARCHAR",
    "signup_date DATE",
    "tenure_months BIGINT",
    "monthly_charges DOUBLE",
    "total_charges DOUBLE",
    "contract_type VARCHAR",
    "payment_method VARCHAR",
    "churned BOOLEAN",
    "avg_monthly DOUBLE",
    "contract_type_Month-to-month UTINYINT",
    "contract_type_One year UTINYINT",
    "contract_type_Two year UTINYINT",
    "payment_method_Bank transfer UTINYINT",
    "payment_method_Credit card UTINYINT",
    "payment_method_Electronic check UTINYINT",
    "payment_method_Mailed check UTINYINT",
  ]);
  expect(await night.read(preprocessing)).toMatchObject({
    fill: { total_charges: "0" },
    derive: [{ name: "avg_monthly", expression: "total_charges / (tenure_months + 1)", role: "numeric" }],
    split: { method: "customer", test: 0.2, salt: "churn", cuts: null },
  });
});

test("a customer's side follows from SHA-256 of salt and id, whatever letters the id has", async () => {
  const names = ["Zoë", "naïve-ß", "顧客", "👩🏽‍💻", "o'hara", "C 1", ""];
  await using night = await smallNight(
    `[${names.map((name) => `'${name.replaceAll("'", "''")}'`).join(", ")}][i % ${names.length} + 1] || (i // ${names.length}) AS id, i % 2 = 0 AS churned`,
    { split: { salt: "Salz-ü", test: 0.07 } },
  );
  await night.run("extract", "validate", "transform");
  for (const side of SIDES) {
    const artifact = side === "test" ? customersTest : customersTrain;
    const found = await night.rows(`SELECT id FROM '${night.path(artifact)}'`, ids);
    expect(found.length).toBeGreaterThan(0);
    const expected = found.filter((id) => {
      const hash = createHash("sha256").update(`Salz-ü${id}`, "utf8").digest("hex").slice(0, 8);
      return Number.parseInt(hash, 16) % 10_000 < 700 === (side === "test");
    });
    expect(found).toEqual(expected);
  }
});

test("a stratified split puts round(n × share) customers of each class on the test side and keeps the cuts", async () => {
  await using night = await smallNight("i AS id, i % 7 = 0 AS churned", {
    split: { method: "stratified", test: 0.25 },
  });
  const { record } = await night.run("extract", "validate", "transform");
  expect(record.result).toMatchObject({
    test: { rows: 15 + 86, churned: Math.round(58 * 0.25) + 0 },
    train: { rows: 299 },
  });
  const { cuts } = (await night.read(preprocessing)).split;
  const [counted] = await night.rows(
    `SELECT max(hash) FILTER (WHERE churned) AS positive, max(hash) FILTER (WHERE NOT churned) AS negative
     FROM (SELECT *, ('0x' || left(sha256('churn' || id), 8))::UBIGINT AS hash FROM '${night.path(customersTest)}')`,
    z.object({ positive: z.int(), negative: z.int() }),
  );
  expect(cuts).toEqual(counted);
});

test("rows without a label or an id and repeated ids are left out and counted", async () => {
  await using night = await smallNight(
    "CASE WHEN i > 3 THEN i // 2 END AS id, CASE WHEN i % 10 > 0 THEN i % 3 = 0 END AS churned, 1000 - i AS value",
  );
  const { record } = await night.run("extract", "validate", "transform");
  expect(record.result).toMatchObject({ dropped: { null_ids: 4, null_labels: 39, duplicates: 159 } });
  // Of two rows with one id the first in the order of id and columns counts.
  const [row] = await night.rows(
    `SELECT count(*) AS rows, count(DISTINCT id) AS ids, max(value) FILTER (WHERE id = 2) AS two
     FROM read_parquet(['${night.path(customersTrain)}', '${night.path(customersTest)}'])`,
    z.object({ rows: z.int(), ids: z.int(), two: z.int() }),
  );
  expect(row).toEqual({ rows: 198, ids: 198, two: 995 });
});

test("categories come from the train side alone, an empty text is one and null is none", async () => {
  await using night = await smallNight(
    `i AS id, i % 3 = 0 AS churned, [NULL, '', 'it''s', 'a[b]<c', 'ü 😀'][i % 5 + 1] AS plan,
     CASE WHEN ('0x' || left(sha256('churn' || i), 8))::UBIGINT % 10000 < 2000 THEN 'test only' END AS late`,
  );
  await night.run("extract", "validate", "transform");
  expect((await night.read(preprocessing)).one_hot).toEqual([
    {
      column: "plan",
      categories: [
        { value: "", name: "plan_" },
        { value: "a[b]<c", name: "plan_a_b__c" },
        { value: "it's", name: "plan_it's" },
        { value: "ü 😀", name: "plan_ü 😀" },
      ],
      other: null,
    },
    { column: "late", categories: [], other: null },
  ]);
  const rows = await night.rows(
    `SELECT DISTINCT plan, "plan_", "plan_a_b__c", "plan_it's", "plan_ü 😀" FROM '${night.path(customersTest)}' ORDER BY plan NULLS FIRST`,
    z.record(z.string(), z.unknown()).transform((row) => Object.values(row)),
  );
  expect(rows).toEqual([
    [null, 0, 0, 0, 0],
    ["", 1, 0, 0, 0],
    ["a[b]<c", 0, 1, 0, 0],
    ["it's", 0, 0, 1, 0],
    ["ü 😀", 0, 0, 0, 1],
  ]);
});

test("beyond max_categories the rarer ones share a column, and those that only the test side has too", async () => {
  await using night = await smallNight(
    "i AS id, i % 3 = 0 AS churned, CASE WHEN i < 200 THEN 'a' WHEN i < 300 THEN 'b' ELSE 'rare ' || i END AS city",
    { transform: { max_categories: 2 } },
  );
  await night.run("extract", "validate", "transform");
  expect(night.warnings).toEqual([
    expect.stringMatching(/^city has \d+ categories: the 2 most frequent have columns, the rest share city_other$/),
  ]);
  for (const artifact of [customersTrain, customersTest]) {
    const [counts] = await night.rows(
      `SELECT count(*) FILTER (WHERE city_other <> (city LIKE 'rare%')::INT) AS wrong, sum(city_other) AS other,
         count(*) FILTER (WHERE city_a + city_b + city_other <> 1) AS not_one FROM '${night.path(artifact)}'`,
      z.object({ wrong: z.int(), other: z.int().positive(), not_one: z.int() }),
    );
    expect(counts).toMatchObject({ wrong: 0, not_one: 0 });
  }
});

test("derived columns see filled ones and earlier derived ones, and have canonical types", async () => {
  await using night = await smallNight(
    "i AS id, i % 3 = 0 AS churned, CASE WHEN i % 2 = 0 THEN i END AS x, 0.0 AS zero",
    {
      transform: {
        fill: { x: "-1", "per zero": "7" },
        derive: {
          double: "x * 2",
          "per zero": '"double" / zero',
          order: "CASE WHEN double > 100 THEN 'big' ELSE 'small' END",
          exact: "1.5::DECIMAL(9,2) * x -- a decimal",
          since: "DATE '2020-01-01' + x::INTEGER",
        },
      },
      split: { test: 0.5 },
    },
  );
  await night.run("extract", "validate", "transform");
  const [row] = await night.rows(
    `SELECT x, "double", "per zero", "order", exact, typeof(exact) AS type, since::VARCHAR AS since, order_small
     FROM read_parquet(['${night.path(customersTrain)}', '${night.path(customersTest)}']) WHERE id = 3`,
    z.unknown(),
  );
  expect(row).toEqual({
    x: -1,
    double: -2,
    "per zero": 7,
    order: "small",
    exact: -1.5,
    type: "DOUBLE",
    since: "2019-12-31",
    order_small: 1,
  });
  expect((await night.read(preprocessing)).derive.map(({ role }) => role)).toEqual([
    "numeric",
    "numeric",
    "categorical",
    "numeric",
    "date",
  ]);
});

test("the values of ignored columns are in no file but raw, and derived columns may use them", async () => {
  const email = "'c' || i || '@' || ['gmx.de', 'web.de'][i % 2 + 1]";
  await using night = await smallNight(
    `i AS id, i % 3 = 0 AS churned, ${email} AS email, 'note' || (i % 3) AS note, i AS row, i % 7 AS x`,
    {
      dataset: { ...small.dataset, types: { note: "ignore" } },
      transform: { derive: { clean: "lower(email)", domain: "split_part(clean, '@', 2)", half: "row / 2" } },
    },
  );
  await night.run("extract", "validate", "transform", "features");
  expect(night.warnings).toEqual(["clean is unique text: it is no feature, and in no file"]);
  const kept = ["id", "churned", "x", "domain", "half", "domain_gmx.de", "domain_web.de"];
  const column = z.object({ column_name: z.string() }).transform(({ column_name }) => column_name);
  for (const artifact of [customersTrain, customersTest]) {
    expect(await night.rows(`DESCRIBE FROM '${night.path(artifact)}'`, column)).toEqual(kept);
  }
  const recipe = await night.read(preprocessing);
  expect(recipe.columns).toEqual([
    { name: "id", type: "BIGINT", role: "id", unused: null },
    { name: "churned", type: "BOOLEAN", role: "target", unused: null },
    { name: "email", type: "VARCHAR", role: "ignored", unused: "unique text" },
    { name: "note", type: "VARCHAR", role: "ignored", unused: "dataset.types" },
    { name: "row", type: "BIGINT", role: "ignored", unused: "index" },
    { name: "x", type: "BIGINT", role: "numeric", unused: null },
  ]);
  for (const file of await readdir(night.root, { recursive: true })) {
    if (!file.endsWith(".json")) continue;
    expect(await readFile(join(night.root, file), "utf8"), file).not.toMatch(/c\d+@|note\d/);
  }
});

test("a derived category has one spelling, whatever type its expression gives", async () => {
  await using night = await smallNight("i AS id, i % 3 = 0 AS churned, CASE WHEN i > 5 THEN (i % 2)::DOUBLE END AS x", {
    transform: { fill: { level: "'1.0'" }, derive: { level: "CASE WHEN x >= 0 THEN x::VARCHAR END" } },
  });
  await night.run("extract", "validate", "transform");
  expect((await night.read(preprocessing)).one_hot).toEqual([
    {
      column: "level",
      categories: [
        { value: "0", name: "level_0" },
        { value: "1", name: "level_1" },
      ],
      other: null,
    },
  ]);
});

test("an expression that fails on a value of an ignored column doesn't show it", async () => {
  const columns = "i AS id, i % 3 = 0 AS churned, 'c' || i || '@gmx.de' AS email, 'A' AS plan, i + 5 AS x";
  const failing = async (derive: Record<string, string>) => {
    await using night = await smallNight(columns, { transform: { derive } });
    return await night.run("extract", "validate", "transform").catch((error: unknown) => String(error));
  };
  const cut = "fails on these customers: Conversion Error: Could not convert string …";
  expect(await failing({ d: "email::INTEGER" })).toBe(`UsageError: transform.derive.d ${cut}`);
  expect(await failing({ d: "lower(email)", e: "d::INTEGER" })).toBe(`UsageError: transform.derive.e ${cut}`);
  expect(await failing({ d: "plan::INTEGER" })).toContain("Could not convert string 'A' to INT32");
});

test.each([
  [{ fill: { y: "0" } }, "transform.fill: the customers have no column y"],
  [{ fill: { churned: "true" } }, "transform.fill: churned is never filled: rows without a label are left out"],
  [
    { fill: { x: "'none'::VARCHAR" } },
    /^transform\.fill\.x: Binder Error: Cannot mix values of type BIGINT and VARCHAR/,
  ],
  [{ fill: { x: "random()" } }, "transform.fill.x: random() is not deterministic"],
  [{ derive: { d: "current_date" } }, "transform.derive.d: current_date is not deterministic"],
  [{ derive: { d: "1e400::DOUBLE" } }, "transform.derive.d: it has a number beyond what a double holds"],
  [{ derive: { d: "y + 1" } }, "transform.derive.d: there is no column y"],
  [{ derive: { d: "x + plan" } }, /^transform\.derive\.d: Binder Error: .*\+\(BIGINT, VARCHAR\)/],
  [
    { derive: { d: "[x]" } },
    "transform.derive.d: it gives BIGINT[]; a number, boolean, text, date or timestamp is needed",
  ],
  [
    { derive: { d: "plan::INTEGER" } },
    /^transform\.derive\.d fails on these customers: Conversion Error: Could not convert string 'A' to INT32/,
  ],
  [
    { derive: { d: "x + 1", e: "nullif(x, 1)" }, fill: { e: "plan::INTEGER" } },
    /^transform\.fill\.e fails on these customers: Conversion Error: /,
  ],
  [{ derive: { X: "1" } }, "transform.derive.X: the customers have a column x already"],
  [{ derive: { __churn_row: "1" } }, "transform.derive.__churn_row: names that begin with __churn_ are churn's own"],
  [
    { derive: { d: "1", D: "2" } },
    "transform: the column d and the column D would both be the column d and D, which differ in case alone",
  ],
  [{ derive: { plan_A: "1" } }, 'transform: the column plan_A and plan "A" would both be the column plan_A'],
])("a mistake in transform is named: %j", async (transform, message) => {
  await using night = await smallNight("i AS id, i % 3 = 0 AS churned, i AS x, ['A', 'B'][i % 2 + 1] AS plan", {
    transform,
  });
  const failing = night.run("extract", "validate", "transform");
  await expect(failing).rejects.toThrow(message);
  await expect(failing).rejects.toMatchObject({ exitCode: 2 });
});

test("categories that differ in case alone are a clash that names both", async () => {
  await using night = await smallNight("i AS id, i % 3 = 0 AS churned, ['Gold', 'gold'][i % 2 + 1] AS plan");
  await expect(night.run("extract", "validate", "transform")).rejects.toMatchObject({
    exitCode: 2,
    message:
      'transform: plan "Gold" and plan "gold" would both be the column plan_Gold and plan_gold, which differ in case alone',
  });
});

test.each([
  ["i AS id, i % 3 = 0 AS churned", 5, 0.0001, 2, "the test side is empty: split.test is 0.0001 of 5 customers"],
  ["i AS id, false AS churned", 400, 0.2, 3, /^0 of \d+ train customers churned: there is nothing to learn$/],
])("a side that can't be used stops the night: %s", async (columns, rows, share, exitCode, message) => {
  await using night = await smallNight(columns, { split: { test: share } }, rows);
  const failing = night.run("extract", "validate", "transform");
  await expect(failing).rejects.toThrow(message);
  await expect(failing).rejects.toMatchObject({ exitCode });
});

test("texts come out as they went in, few or many, on whichever side, and in the order of the file", async () => {
  const rows = 150_000;
  await using night = await smallNight(
    `(i * 7919) % ${rows} AS id, i % 3 = 0 AS churned, [NULL, '', 'it''s', 'gold "1"'][(hash(i, 1) % 4)::INT + 1] AS few,
     'v' || hash(i, 2) % 400 AS many, CASE WHEN i % 30000 = 0 THEN 'once ' || i ELSE 'often' END AS rare`,
    { transform: { derive: { made: "few || ' ' || rare" } } },
    rows,
  );
  await night.run("extract", "validate", "transform");
  const sides = SIDES.map((side) => night.path(side === "test" ? customersTest : customersTrain));
  const [found] = await night.rows(
    `SELECT count(*) AS rows, count(*) FILTER (WHERE night.few IS DISTINCT FROM raw.few OR night.many IS DISTINCT FROM raw.many
       OR night.rare IS DISTINCT FROM raw.rare OR night.made IS DISTINCT FROM raw.few || ' ' || raw.rare) AS others
     FROM read_parquet(['${sides.join("', '")}']) AS night JOIN '${night.path(customers)}' AS raw USING (id)`,
    z.object({ rows: z.int(), others: z.int() }),
  );
  expect(found).toEqual({ rows, others: 0 });
  for (const path of sides) {
    const [order] = await night.rows(
      `SELECT count(*) FILTER (WHERE id < before) AS falls FROM (SELECT id, lag(id) OVER () AS before FROM '${path}')`,
      z.object({ falls: z.int() }),
    );
    expect(order).toEqual({ falls: 0 });
  }
});
