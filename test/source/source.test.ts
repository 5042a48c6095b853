import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeCustomers } from "../../src/lib/source/customers-file.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { type Scan, watchedDatabase } from "../support/watched-database.ts";

// What every source must hold. A new kind is one line here, and its files or tables in `beforeAll`.

const duckdb = "duckdb:customers.duckdb";
const SOURCES: Readonly<Record<string, Config["source"]>> = {
  "a table of a DuckDB file": { url: duckdb, table: "customers" },
  "a view of a DuckDB file": { url: duckdb, table: "people" },
  "a query on a DuckDB file": { url: duckdb, query: "SELECT * FROM customers -- of all days" },
  "a query with {date} on a DuckDB file": { url: duckdb, query: "SELECT * FROM customers WHERE day = {date};" },
  "Parquet files": { url: "parquet:export/*.parquet" },
  "a query on Parquet files": { url: "parquet:export/*.parquet", query: "SELECT * FROM customers" },
  "CSV files": { url: "csv:export/*.csv" },
  "a query with {date} on CSV files": { url: "csv:export/*.csv", query: "SELECT * FROM customers WHERE day = {date}" },
  "a folder of Parquet files": { url: "parquet:spark" },
  "a folder of Parquet files in folders of days": { url: "parquet:partitioned/" },
  "JSON lines": { url: "jsonl:export/*.jsonl" },
  "a query on a folder of JSON lines": { url: "jsonl:lines", query: "SELECT * FROM customers" },
};
/** Files that say nothing of times: their texts are looked at once, before there are columns. */
const isUntyped = ({ url }: Config["source"]) => url?.startsWith("jsonl:") ?? false;

/** A day that stands in a folder's name is read from the file's. */
const columnsOf = ({ columns }: Scan) => columns.map((name) => (name === "filename" ? "day" : name)).sort();

const DAYS = ["2026-11-22", "2026-11-23", "2026-11-25"];
const CUSTOMERS = `SELECT lpad(i::VARCHAR, 4, '0') AS id, 'customer' || i || '@example.com' AS "e-mail", i % 4 = 0 AS churned,
    i * 1.5 + day(d) AS spend, ['gold, "old"', '', NULL][i % 3 + 1] AS plan, i + 1 AS months, d AS day
  FROM range(200) AS r(i), unnest([${DAYS.map((day) => `DATE '${day}'`).join(", ")}]) AS s(d)`;

const { dataset } = configSchema.parse({
  dataset: { id: "id", date: "day", target: { column: "churned" }, exclude: ["e-mail"] },
  source: { url: duckdb, table: "customers" },
});
const dates = { name: "day", kind: "date", timezone: "UTC" } as const;
const request = { dataset, date: "2026-11-23", today: "2026-11-24", timezone: "UTC" };
const all = ["id", "e-mail", "churned", "spend", "plan", "months", "day"];
const chosen = all.filter((name) => name !== "e-mail");

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "churn-source-"));
  await writeDuckdb(
    join(root, "customers.duckdb"),
    `CREATE TABLE customers AS ${CUSTOMERS}`,
    "CREATE VIEW people AS FROM customers",
  );
  for (const folder of ["export", "spark", "lines"]) await mkdir(join(root, folder));
  await writeFile(join(root, "spark/_SUCCESS"), "");
  await using db = await openDatabase();
  for (const day of DAYS) {
    const rows = `FROM (${CUSTOMERS}) WHERE day = DATE '${day}'`;
    await db.run(`COPY (${rows}) TO '${root}/export/${day}.parquet'`);
    await db.run(`COPY (${rows}) TO '${root}/export/${day}.csv'`);
    await db.run(`COPY (${rows}) TO '${root}/export/${day}.jsonl' (FORMAT json)`);
    await db.run(`COPY (${rows}) TO '${root}/spark/part-${day}.snappy.parquet' (FORMAT parquet)`);
    await db.run(`COPY (${rows}) TO '${root}/lines/part-${day}.json' (FORMAT json)`);
  }
  await db.run(`COPY (${CUSTOMERS}) TO '${root}/partitioned' (FORMAT parquet, PARTITION_BY (day))`);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe.each(Object.entries(SOURCES))("%s", (_, settings) => {
  test("tells all its columns, and reads no row for it", async () => {
    await using db = await openDatabase();
    const watched = watchedDatabase(db);
    await using session = await openSource(settings, root).open(watched.db, { date: request.date, text: ["id"] });
    expect(session.columns.map(({ name }) => name)).toEqual(all);
    expect(watched.scans).toHaveLength(isUntyped(settings) ? 1 : 0);
  });

  test.skipIf(openSource(settings, "").choosesDate)("tells its newest date from the date column alone", async () => {
    await using db = await openDatabase();
    const watched = watchedDatabase(db);
    await using session = await openSource(settings, root).open(watched.db, { date: request.date, text: ["id"] });
    watched.scans.splice(0);
    expect(await session.newestDate(dates, "2026-11-24")).toEqual({ date: "2026-11-23" });
    expect(watched.scans.map(columnsOf)).toEqual([["day"]]);
  });

  test("gives the columns and the day that it is asked for and no others", async () => {
    await using db = await openDatabase();
    await using session = await openSource(settings, root).open(db, { date: request.date, text: ["id"] });
    const wanted = { columns: ["months", "id"], day: { column: dates, date: request.date } };
    expect(await session.load("memory.main.some", wanted)).toBe(200);
    expect(await db.rows("FROM memory.main.some ORDER BY id LIMIT 2", z.record(z.string(), z.unknown()))).toEqual([
      { months: 1, id: "0000" },
      { months: 2, id: "0001" },
    ]);
  });

  test("counts the rows that it would give, and makes no table of them", async () => {
    await using db = await openDatabase();
    await using session = await openSource(settings, root).open(db, { date: request.date, text: ["id"] });
    const before = await db.rows("SELECT table_name FROM duckdb_tables()", z.unknown());
    const counted = (date: string) => session.count({ column: dates, date });
    const isOfOneDay = openSource(settings, root).choosesDate;
    expect(await counted(request.date)).toBe(200);
    expect(await counted("2026-11-25")).toBe(isOfOneDay ? 0 : 200);
    expect(await counted("2026-11-24")).toBe(0);
    expect(await session.count(undefined)).toBe(isOfOneDay ? 200 : 600);
    expect(await db.rows("SELECT table_name FROM duckdb_tables()", z.unknown())).toEqual(before);
  });

  test("is scanned once for a snapshot, its excluded columns not at all", async () => {
    await using db = await openDatabase();
    const watched = watchedDatabase(db);
    const snapshot = await openSnapshot(watched.db, openSource(settings, root), request);
    await watched.db.rows(`SELECT count(*) FROM (${snapshot.sql})`, z.unknown());
    if (isUntyped(settings)) watched.scans.shift();
    // A scan of no column counts the rows that have to come.
    const scans = watched.scans.filter(({ columns }) => columns.length > 0);
    expect(scans.map(columnsOf)).toEqual([[...chosen].sort()]);
    expect(watched.scans.flatMap(({ filters }) => filters).filter((filter) => !filter.startsWith("day="))).toEqual([]);
  });

  test("is closed once the snapshot is loaded", async () => {
    await using db = await openDatabase();
    const left = () => db.rows("SELECT database_name AS name FROM duckdb_databases() WHERE NOT internal", z.unknown());
    const before = await left();
    await openSnapshot(db, openSource(settings, root), request);
    expect(await left()).toEqual(before);
    expect(await db.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal", z.unknown())).toEqual([]);
    expect(await db.rows("SELECT current_database() AS name", z.unknown())).toEqual([{ name: "memory" }]);
  });
});

test("the same customers give the same bytes, whatever the source", async () => {
  const digests = new Map<string, string>();
  for (const [kind, settings] of Object.entries(SOURCES)) {
    await using db = await openDatabase();
    const path = join(root, "customers.parquet");
    const snapshot = await openSnapshot(db, openSource(settings, root), request);
    expect(await writeCustomers(db, snapshot, path)).toMatchObject({ rows: 200 });
    digests.set(
      kind,
      createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
    );
  }
  expect(new Set(digests.values()).size, JSON.stringify([...digests], null, 2)).toBe(1);
});
