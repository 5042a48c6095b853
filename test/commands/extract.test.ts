import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { customers } from "../../src/lib/artifacts/artifacts.ts";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { makeSample } from "../../src/lib/sample/snapshots.ts";
import { writeCustomers } from "../../src/lib/source/customers-file.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import { dataNight, writeDuckdb } from "../support/data-night.ts";

const telco = {
  dataset: { id: "customer_id", date: "snapshot_date", target: { column: "churned", positive: true } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
} as const;

/** A table of three customers on one day; the columns are made by SQL. */
const three = (columns: string) =>
  `CREATE TABLE customers AS SELECT i AS id, i = 1 AS churned, DATE '2026-11-23' AS day${columns === "" ? "" : `, ${columns}`} FROM range(3) AS r(i)`;
const small = {
  dataset: { id: "id", date: "day", target: { column: "churned" } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
};

test("the sample's snapshot of the date comes out typed and ordered", async () => {
  await using night = await dataNight(telco);
  await makeSample({ file: join(night.root, "customers.duckdb"), date: "2026-11-23" });
  const { record, line } = await night.run("extract");
  expect(line).toBe("7,043 customers from customers.duckdb");
  expect(record.result).toMatchObject({
    rows: 7043,
    source: "customers.duckdb",
    unreadable: {},
    columns: [
      { name: "snapshot_date", type: "DATE" },
      { name: "customer_id", type: "VARCHAR" },
      { name: "signup_date", type: "DATE" },
      { name: "tenure_months", type: "BIGINT" },
      { name: "monthly_charges", type: "DOUBLE" },
      { name: "total_charges", type: "DOUBLE" },
      { name: "contract_type", type: "VARCHAR" },
      { name: "payment_method", type: "VARCHAR" },
      { name: "churned", type: "BOOLEAN" },
    ],
  });
  const first = z.object({ id: z.string(), day: z.string() });
  expect(
    await night.rows(
      `SELECT customer_id AS id, max(snapshot_date) OVER ()::VARCHAR AS day FROM '${night.path(customers)}' LIMIT 2`,
      first,
    ),
  ).toEqual([
    { id: "C00000", day: "2026-11-23" },
    { id: "C00001", day: "2026-11-23" },
  ]);
});

test("the bytes don't depend on the threads or on the order in which the source delivers", async () => {
  await using night = await dataNight(telco);
  const file = join(night.root, "customers.duckdb");
  const { dataset, source } = configSchema.parse(telco);
  const digests = new Set<string>();
  for (const [threads, order] of [
    [1, "i"],
    [2, "hash(i)"],
    [4, "i DESC"],
  ] as const) {
    // Ids come twice, so the other columns decide the order; -0 and NaN are values that compare but differ in bytes.
    await writeDuckdb(
      file,
      `CREATE OR REPLACE TABLE customers AS SELECT DATE '2026-11-23' AS snapshot_date, CAST(i // 2 AS VARCHAR) AS customer_id,
         i % 3 = 0 AS churned, CASE WHEN i % 2 = 0 THEN -0.0::DOUBLE ELSE 0.0::DOUBLE END AS zero,
         CASE WHEN i % 7 = 0 THEN 'nan'::DOUBLE ELSE sqrt(i // 2) END AS root, 'city ' || (i // 2) % 999 AS city
       FROM range(200000) AS r(i) ORDER BY ${order}`,
    );
    await using db = await openDatabase();
    await db.run(`SET threads = ${threads}`);
    const request = { dataset, date: "2026-11-23", today: "2026-11-23", timezone: "UTC" };
    const snapshot = await openSnapshot(db, openSource(source, night.root), request);
    const path = join(night.root, `${threads}.parquet`);
    expect(await writeCustomers(db, snapshot, path)).toMatchObject({ rows: 200_000 });
    digests.add(
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    );
  }
  expect(digests.size).toBe(1);
});

test.each([
  ["UTINYINT", "1::UTINYINT", "BIGINT", "1"],
  ["HUGEINT that fits", "1::HUGEINT", "BIGINT", "1"],
  ["HUGEINT beyond 64 bits", "99999999999999999999::HUGEINT", "DOUBLE", "1e+20"],
  ["DECIMAL without a fraction", "7::DECIMAL(9,0)", "BIGINT", "7"],
  ["DECIMAL", "7.25::DECIMAL(9,2)", "DOUBLE", "7.25"],
  ["FLOAT", "0.5::FLOAT", "DOUBLE", "0.5"],
  ["NaN", "'nan'::DOUBLE", "DOUBLE", null],
  ["infinity", "'-inf'::FLOAT", "DOUBLE", null],
  ["BOOLEAN", "true", "BOOLEAN", "true"],
  ["DATE", "DATE '2020-02-29'", "DATE", "2020-02-29"],
  ["an infinite date", "DATE 'infinity'", "DATE", null],
  ["TIMESTAMP_NS", "TIMESTAMP_NS '2020-02-29 10:00:00.123456789'", "TIMESTAMP", "2020-02-29 10:00:00.123456"],
  ["a time with a zone", "TIMESTAMPTZ '2020-02-29 00:30:00+01'", "TIMESTAMP", "2020-02-28 23:30:00"],
  ["ENUM", "'a'::ENUM('b, (c)', 'a')", "VARCHAR", "a"],
  ["UUID", "'1F0E0000-0000-4000-8000-00000000000A'::UUID", "VARCHAR", "1f0e0000-0000-4000-8000-00000000000a"],
  ["a list", "[1, 2]", "VARCHAR", "[1, 2]"],
  ["a struct", "{'a': 1}", "VARCHAR", "{'a': 1}"],
  ["text with U+0000", "'a' || chr(0) || 'b'", "VARCHAR", "ab"],
  ["a blob", "'x'::BLOB", "VARCHAR", "x"],
  ["only nulls without a type", "NULL", "INTEGER", null],
])("%s becomes its canonical type", async (_, sql, type, text) => {
  await using night = await dataNight(small);
  await writeDuckdb(join(night.root, "customers.duckdb"), three(`${sql} AS value`));
  await night.run("extract");
  const [row] = await night.rows(
    `SELECT typeof(value) AS type, value::VARCHAR AS text FROM '${night.path(customers)}' LIMIT 1`,
    z.object({ type: z.string(), text: z.string().nullable() }),
  );
  expect(row).toEqual({ type: type === "INTEGER" ? "BIGINT" : type, text });
});

test("what could not be read is null, counted and warned of", async () => {
  await using night = await dataNight({
    ...small,
    dataset: { ...small.dataset, types: { price: "numeric", vip: "boolean", since: "date", code: "categorical" } },
  });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    three(`['12.5', 'n/a', NULL][i + 1] AS price, ['Yes', 'no', 'perhaps'][i + 1] AS vip,
           ['2020-01-31', '2020-01-31 10:00:00', 'soon'][i + 1] AS since, i AS code`),
  );
  const { record } = await night.run("extract");
  expect(record.result).toMatchObject({ unreadable: { price: 1, vip: 1, since: 1 } });
  expect(night.warnings).toEqual([
    "price: 1 value could not be read and is null now",
    "vip: 1 value could not be read and is null now",
    "since: 1 value could not be read and is null now",
  ]);
  const rows = await night.rows(
    `SELECT * EXCLUDE (day, since), since::VARCHAR AS since FROM '${night.path(customers)}'`,
    z.unknown(),
  );
  expect(rows).toEqual([
    { id: 0, churned: false, price: 12.5, vip: true, code: "0", since: "2020-01-31 00:00:00" },
    { id: 1, churned: true, price: null, vip: false, code: "1", since: "2020-01-31 10:00:00" },
    { id: 2, churned: false, price: null, vip: null, code: "2", since: null },
  ]);
});

test.each([
  ["DATE", "DATE '2026-11-23' + i::INTEGER - 2"],
  ["TIMESTAMP, any time of the day", "TIMESTAMP '2026-11-23 23:59:59' + to_days(i::INTEGER - 2)"],
  ["a time with a zone, by the workspace's day", "TIMESTAMPTZ '2026-11-22 23:30:00+00' + to_days(i::INTEGER - 2)"],
  ["text", "(DATE '2026-11-23' + i::INTEGER - 2)::VARCHAR || 'T05:00:00'"],
])("the date's rows are found in a column of type %s", async (_, day) => {
  await using night = await dataNight({ ...small, timezone: "Europe/Berlin" });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS id, true AS churned, ${day} AS day FROM range(3) AS r(i)`,
  );
  expect((await night.run("extract")).record.result).toMatchObject({ rows: 1 });
  night.date = "2026-11-20";
  await expect(night.run("extract")).rejects.toMatchObject({
    exitCode: 2,
    message: "no snapshot for 2026-11-20 in customers.duckdb (the newest is 2026-11-23)",
    hint: "churn run-all --date 2026-11-23",
  });
  night.date = night.today = "2026-11-24";
  await expect(night.run("extract")).rejects.toMatchObject({
    exitCode: 75,
    message: "no snapshot for today, 2026-11-24, in customers.duckdb yet (the newest is 2026-11-23)",
  });
  night.date = "2026-11-25";
  await expect(night.run("extract")).rejects.toMatchObject({
    exitCode: 2,
    message: "2026-11-25 is in the future: today is 2026-11-24",
  });
});

test.each([
  ["DATE '2026-11-24' + i::INTEGER", "the first is 2026-11-24"],
  ["NULL::DATE", "all are null"],
])("rows without a date up to today are no empty table: %s", async (day, found) => {
  await using night = await dataNight(small);
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS id, true AS churned, ${day} AS day FROM range(3) AS r(i)`,
  );
  await expect(night.run("extract")).rejects.toMatchObject({
    exitCode: 2,
    message: `dataset.date: day of table customers has no date up to today, 2026-11-23: ${found}`,
  });
});

test("a table without a snapshot date shows today alone, and an empty one says so", async () => {
  await using night = await dataNight({ ...small, dataset: { ...small.dataset, date: null } });
  await writeDuckdb(join(night.root, "customers.duckdb"), three(""), "CREATE TABLE nobody AS FROM customers LIMIT 0");
  expect((await night.run("extract")).line).toBe("3 customers from customers.duckdb");
  night.date = "2026-11-22";
  await expect(night.run("extract")).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining("only today"),
  });
  night.date = "2026-11-23";
  night.config = { ...night.config, source: { ...night.config.source, table: "nobody" } };
  await expect(night.run("extract")).rejects.toMatchObject({
    exitCode: 75,
    message: "table nobody of customers.duckdb has no rows",
  });
});

test("excluded columns stay in the source, ids lose their padding", async () => {
  await using night = await dataNight({ ...small, dataset: { ...small.dataset, exclude: ["e-mail"] } });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT 'Zoë ' || i || '   ' AS id, i = 1 AS churned, DATE '2026-11-23' AS day, 'a@b' AS "e-mail" FROM range(3) AS r(i)`,
  );
  await night.run("extract");
  expect(await night.rows(`SELECT id, churned FROM '${night.path(customers)}'`, z.unknown())).toEqual([
    { id: "Zoë 0", churned: false },
    { id: "Zoë 1", churned: true },
    { id: "Zoë 2", churned: false },
  ]);
  const columns = await night.rows(`DESCRIBE FROM '${night.path(customers)}'`, z.object({ column_name: z.string() }));
  expect(columns.map(({ column_name }) => column_name)).toEqual(["id", "churned", "day"]);
});

test.each([
  [{ id: "idd" }, "dataset.id: table customers in customers.duckdb has no column idd", "did you mean id?"],
  [
    { target: { column: "gone" } },
    "dataset.target.column: table customers in customers.duckdb has no column gone",
    "there are id, churned, day, price",
  ],
  [
    { exclude: ["prise"] },
    "dataset.exclude: table customers in customers.duckdb has no column prise",
    "did you mean price?",
  ],
  [{ exclude: ["id"] }, "dataset.exclude: id can't be excluded, it is dataset.id", undefined],
  [
    { types: { day: "numeric" as const } },
    "dataset.types.day: a column of type DATE can't be read as numeric",
    undefined,
  ],
  [{ id: "price" }, "dataset.id: price is of type DOUBLE; an id is an integer, text or a UUID", undefined],
  [
    { date: "churned" },
    "dataset.date: churned is of type BOOLEAN; DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
    "source.query in churn.yaml can cast it",
  ],
])("a wrong column in dataset is named: %j", async (dataset, message, hint) => {
  await using night = await dataNight({ ...small, dataset: { ...small.dataset, ...dataset } });
  await writeDuckdb(join(night.root, "customers.duckdb"), three("1.5::DOUBLE AS price"));
  await expect(night.run("extract")).rejects.toMatchObject({ exitCode: 2, message, hint });
});

test("a query chooses rows by {date}, files by their wildcards", async () => {
  await using night = await dataNight({
    ...small,
    source: {
      url: "duckdb:customers.duckdb",
      query: "SELECT * FROM customers WHERE day = {date} AND id > 0 -- no test customer;",
    },
  });
  await writeDuckdb(join(night.root, "customers.duckdb"), three("' ' AS empty"));
  expect((await night.run("extract")).line).toBe("2 customers from customers.duckdb");

  await writeFile(join(night.root, "a.csv"), 'id,churned,day,plan\n007,true,2026-11-23,"gold, old"\n');
  await writeFile(join(night.root, "b.csv"), 'id,churned,day,plan\n8,,2026-11-23,""\n9,false,2026-11-23,\n');
  night.config = { ...night.config, source: { url: "csv:*.csv" } };
  expect((await night.run("extract")).line).toBe("3 customers from *.csv");
  expect(await night.rows(`SELECT id, churned, plan FROM '${night.path(customers)}'`, z.unknown())).toEqual([
    { id: "007", churned: true, plan: "gold, old" },
    { id: "8", churned: null, plan: "" },
    { id: "9", churned: false, plan: null },
  ]);
});
