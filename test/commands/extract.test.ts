import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { customers } from "../../src/lib/artifacts/artifacts.ts";
import { makeSample } from "../../src/lib/sample/snapshots.ts";
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

test("a time with a zone belongs to the day of the workspace's time zone", async () => {
  await using night = await dataNight({ ...small, timezone: "Europe/Berlin" });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS id, true AS churned, TIMESTAMPTZ '2026-11-22 22:30:00+00' + to_hours(i::INTEGER) AS day FROM range(3) AS r(i)`,
  );
  expect((await night.run("extract")).record.result).toMatchObject({ rows: 2 });
});

test("a date without customers ends the stage, and leaves no file", async () => {
  await using night = await dataNight(small);
  await writeDuckdb(join(night.root, "customers.duckdb"), three(""));
  night.date = "2026-11-20";
  await expect(night.run("extract")).rejects.toMatchObject({
    exitCode: 2,
    message: "no snapshot for 2026-11-20 in customers.duckdb (the newest is 2026-11-23)",
    hint: "churn run-all --date 2026-11-23",
  });
  await expect(access(night.path(customers))).rejects.toMatchObject({ code: "ENOENT" });
});

test("a table without a snapshot date is read whole", async () => {
  await using night = await dataNight({ ...small, dataset: { ...small.dataset, date: null } });
  await writeDuckdb(join(night.root, "customers.duckdb"), three(""));
  expect((await night.run("extract")).line).toBe("3 customers from customers.duckdb");
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
