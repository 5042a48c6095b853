import { join } from "node:path";
import { expect } from "vitest";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { test } from "../support/source-folder.ts";

const url = "duckdb:customers.duckdb";
const TABLES = [
  "CREATE TABLE dated AS SELECT 1 AS id, true AS churned, DATE '2026-11-20' AS day",
  "CREATE TABLE ahead AS SELECT 1 AS id, true AS churned, DATE '2026-11-24' + i::INTEGER AS day FROM range(2) AS r(i)",
  "CREATE TABLE undated AS SELECT 1 AS id, true AS churned, NULL::DATE AS day",
  "CREATE TABLE words AS SELECT 1 AS id, true AS churned, 'Monday' AS day",
  "CREATE TABLE nobody AS FROM dated LIMIT 0",
];
const hints = {
  later: "run it again once it is filled",
  elsewhere: "source.url and source.table in churn.yaml say what is read",
  dates: "DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
};

/** Today is 2026-11-23. */
const CASES: readonly (readonly [Config["source"], string, string | null, number, string, string])[] = [
  [
    { url, table: "dated" },
    "2026-11-23",
    "day",
    75,
    "no snapshot for today, 2026-11-23, in customers.duckdb yet (the newest is 2026-11-20)",
    "once it is there:\nchurn run-all --date 2026-11-23",
  ],
  [
    { url, table: "dated" },
    "2026-11-21",
    "day",
    2,
    "no snapshot for 2026-11-21 in customers.duckdb (the newest is 2026-11-20)",
    "once it is there:\nchurn run-all --date 2026-11-21",
  ],
  [
    { url, table: "ahead" },
    "2026-11-23",
    "day",
    2,
    "dataset.date: day of table ahead has no date up to today, 2026-11-23: the first is 2026-11-24",
    hints.dates,
  ],
  [
    { url, table: "undated" },
    "2026-11-23",
    "day",
    2,
    "dataset.date: day of table undated has no date up to today, 2026-11-23: all are null",
    hints.dates,
  ],
  [
    { url, query: "SELECT * FROM words" },
    "2026-11-23",
    "day",
    2,
    "dataset.date: day of source.query has no date up to today, 2026-11-23: the first is Monday",
    hints.dates,
  ],
  [{ url, table: "nobody" }, "2026-11-23", "day", 75, "table nobody of customers.duckdb has no rows", hints.later],
  [{ url, table: "nobody" }, "2026-11-22", "day", 2, "table nobody of customers.duckdb has no rows", hints.elsewhere],
  [{ url, table: "nobody" }, "2026-11-23", null, 75, "table nobody of customers.duckdb has no rows", hints.later],
  [
    { url, query: "SELECT * FROM dated WHERE day = {date}" },
    "2026-11-23",
    "day",
    75,
    "no snapshot for today, 2026-11-23, in customers.duckdb yet",
    "once it is there:\nchurn run-all --date 2026-11-23",
  ],
  [
    { url, query: "SELECT * FROM dated WHERE day = {date}" },
    "2026-11-21",
    null,
    2,
    "no snapshot for 2026-11-21 in customers.duckdb",
    "once it is there:\nchurn run-all --date 2026-11-21",
  ],
];

test.for(CASES)("a date without rows is explained: %j, %s, dataset.date %s", async (wrong, { root }) => {
  const [source, date, column, exitCode, message, hint] = wrong;
  await writeDuckdb(join(root, "customers.duckdb"), ...TABLES);
  const { dataset } = configSchema.parse({
    dataset: { id: "id", date: column, target: { column: "churned" } },
    source,
  });
  await using db = await openDatabase();
  const opened = openSnapshot(db, openSource(source, root), { dataset, date, today: "2026-11-23", timezone: "UTC" });
  await expect(opened).rejects.toMatchObject({ exitCode, message, hint });
});

test("files without rows are named once", async ({ root }) => {
  await using db = await openDatabase();
  await db.run(`COPY (SELECT 1 AS id, true AS churned LIMIT 0) TO '${root}/empty.parquet'`);
  const source = { url: "parquet:empty.parquet" };
  const { dataset } = configSchema.parse({ dataset: { id: "id", target: { column: "churned" } }, source });
  const today = "2026-11-23";
  await expect(
    openSnapshot(db, openSource(source, root), { dataset, date: today, today, timezone: "UTC" }),
  ).rejects.toMatchObject({ exitCode: 75, message: "empty.parquet has no rows", hint: hints.later });
});
