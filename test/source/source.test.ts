import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import * as z from "zod";
import type { Config } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { writeDuckdb } from "../support/data-night.ts";

const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest's form of a fixture
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-source-"));
    await use(root);
    await rm(root, { recursive: true, force: true });
  },
});

/** The rows of a source as JSON, its columns and its names. */
async function open(source: Config["source"], root: string) {
  await using db = await openDatabase();
  const opened = openSource(source, root);
  const relation = await opened.open(db, { date: "2026-11-23", text: ["code"] });
  const rows = await db.rows(`SELECT * FROM ${relation.sql} AS t`, z.record(z.string(), z.unknown()), relation.values);
  return { description: opened.description, name: relation.name, columns: relation.columns, rows };
}

test("a table of a DuckDB file is read without being written to", async ({ root }) => {
  await writeDuckdb(
    join(root, "it's here.duckdb"),
    "CREATE SCHEMA crm",
    'CREATE TABLE crm."my customers" AS SELECT 1 AS id',
    "CREATE VIEW people AS SELECT 2 AS id",
  );
  const url = "duckdb:it's here.duckdb";
  expect(await open({ url, table: "crm.my customers" }, root)).toEqual({
    description: "it's here.duckdb",
    name: "table crm.my customers",
    columns: [{ name: "id", type: "INTEGER" }],
    rows: [{ id: 1 }],
  });
  expect((await open({ url, table: "people" }, root)).rows).toEqual([{ id: 2 }]);
});

test("Parquet files are matched by wildcards and by column name, a day's folder is a column", async ({ root }) => {
  await using db = await openDatabase();
  for (const day of ["2026-11-22", "2026-11-23"]) {
    await mkdir(join(root, `export/day=${day}`), { recursive: true });
    const columns = day.endsWith("22") ? "1 AS id" : "'x' AS plan, 2 AS id";
    await db.run(`COPY (SELECT ${columns}) TO '${root}/export/day=${day}/part.parquet'`);
  }
  const { description, columns, rows } = await open({ url: "parquet:export/*/*.parquet" }, root);
  expect(description).toBe("export/*/*.parquet");
  expect(columns).toEqual([
    { name: "id", type: "INTEGER" },
    { name: "plan", type: "VARCHAR" },
    { name: "day", type: "DATE" },
  ]);
  expect(rows.map(({ id, plan }) => ({ id, plan }))).toEqual([
    { id: 1, plan: null },
    { id: 2, plan: "x" },
  ]);
});

test("CSV keeps the zeros of text columns, and a query calls the files customers", async ({ root }) => {
  await writeFile(join(root, "a.csv"), "id,code,rate\n1,007,1.5\n2,,\n");
  const query = "SELECT code, rate, {date} AS day FROM customers WHERE id = 1";
  const { columns, rows } = await open({ url: "csv:a.csv", query }, root);
  expect(columns.slice(0, 2)).toEqual([
    { name: "code", type: "VARCHAR" },
    { name: "rate", type: "DOUBLE" },
  ]);
  expect(rows).toEqual([{ code: "007", rate: 1.5, day: "2026-11-23" }]);
});

test("what is wrong with a source is said with what is known", async ({ root }) => {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    "CREATE TABLE customers AS SELECT 1 AS id",
    "CREATE TABLE orders AS SELECT 1 AS id",
  );
  await writeDuckdb(join(root, "empty.duckdb"));
  await writeFile(
    join(root, "text.duckdb"),
    "no database, but long enough to look like something that one might open".repeat(100),
  );
  await writeFile(join(root, "text.parquet"), "no Parquet");
  await writeFile(join(root, "short.csv"), `id,plan\n${"1,a\n".repeat(50)}2\n`);
  await writeFile(join(root, "latin.csv"), Buffer.from(`id,plan\n${"1,Tarif f\xfcr zwei\n".repeat(50)}`, "latin1"));
  const duckdb = "duckdb:customers.duckdb";
  const cases: [Config["source"], string, string | undefined][] = [
    [
      { url: "oracle:x", table: "t" },
      "source.url: unknown kind of source oracle:, known are duckdb:, parquet:, csv:",
      undefined,
    ],
    [
      { url: "customers.duckdb", table: "t" },
      "source.url: unknown kind of source customers.duckdb, known are duckdb:, parquet:, csv:",
      undefined,
    ],
    [{ url: "duckdb:", table: "t" }, "source.url: duckdb: names no file", undefined],
    [
      { url: "duckdb:gone.duckdb", table: "t" },
      "source.url: there is no file gone.duckdb",
      `it is looked for at ${join(root, "gone.duckdb")}`,
    ],
    [{ url: "parquet:gone/*.parquet" }, "source.url: there is no file gone/*.parquet", undefined],
    [{ url: "duckdb:text.duckdb", table: "t" }, "source.url: text.duckdb is not a DuckDB file", undefined],
    [{ url: "parquet:text.parquet" }, "source.url: text.parquet can't be read as Parquet: ", undefined],
    [
      { url: duckdb, table: "custmers" },
      "customers.duckdb has no table custmers",
      "source.table: did you mean customers?",
    ],
    [{ url: duckdb, table: "x" }, "customers.duckdb has no table x", "source.table: there are customers, orders"],
    [{ url: "duckdb:empty.duckdb", table: "x" }, "empty.duckdb has no tables", undefined],
    [{ url: duckdb }, "source.table is missing", undefined],
    [
      { url: duckdb, query: "SELECT * FORM customers" },
      'source.query: Parser Error: syntax error at or near "customers"',
      undefined,
    ],
    [
      { url: duckdb, query: "SELECT * FROM customer" },
      "source.query: Catalog Error: Table with name customer does not exist!",
      undefined,
    ],
    [
      { url: duckdb, query: "SELECT * FROM customers WHERE day = '{date}'" },
      "source.query: {date} stands in quotes",
      undefined,
    ],
    [
      { url: duckdb, query: "SELECT * FROM customers -- {date}" },
      "source.query: {date} stands in a comment or in a text",
      undefined,
    ],
    [
      { url: "csv:short.csv" },
      "source.url: the lines of short.csv don't all have the same columns",
      "is a line cut short, or a quote left open?",
    ],
    [
      { url: "csv:latin.csv" },
      "source.url: latin.csv is not UTF-8 text",
      "iconv -f ISO-8859-1 -t UTF-8 converts Latin-1",
    ],
    [{ url: duckdb, query: "SELECT 1; SELECT 2" }, "source.query: Parser Error: ", undefined],
    [{ url: duckdb, query: "DELETE FROM customers" }, "source.query: ", undefined],
  ];
  for (const [source, message, hint] of cases) {
    const error = await open(source, root).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
    if (hint !== undefined) expect(error).toMatchObject({ hint });
  }
});

test("a DuckDB file that another program writes to is a matter of trying again", async ({ root }) => {
  const file = join(root, "busy.duckdb");
  await writeDuckdb(file, "CREATE TABLE customers AS SELECT 1 AS id");
  const writer = spawn(process.execPath, ["-e", HOLD, file], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(writer.stdout, "data");
    await expect(open({ url: "duckdb:busy.duckdb", table: "customers" }, root)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/^source busy\.duckdb can't be opened: IO Error: Could not set lock/),
    });
  } finally {
    writer.kill();
    await once(writer, "exit");
  }
});

/** Another process that holds a database open. */
const HOLD = `
  const { DuckDBInstance } = require("@duckdb/node-api");
  DuckDBInstance.create(process.argv[1]).then((instance) => {
    globalThis.instance = instance;
    console.log("open");
    process.stdin.resume();
  });`;
