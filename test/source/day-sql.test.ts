import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { dayCondition, dayText } from "../../src/lib/source/day-sql.ts";
import { openSource } from "../../src/lib/source/open.ts";
import type { DateColumn } from "../../src/lib/source/source.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { test } from "../support/source-folder.ts";
import { watchedDatabase } from "../support/watched-database.ts";

/** Moments around two midnights, a day by the column's own clock, and what is no day. */
const MOMENTS: readonly (readonly [DateColumn["kind"], readonly string[], readonly (string | null)[]])[] = [
  [
    "date",
    ["DATE '2026-11-22'", "DATE '2026-11-23'", "DATE '2026-11-24'", "DATE 'infinity'", "NULL"],
    ["2026-11-22", "2026-11-23", "2026-11-24", "infinity", null],
  ],
  [
    "timestamp",
    [
      "TIMESTAMP '2026-11-22 23:59:59.999999'",
      "TIMESTAMP '2026-11-23'",
      "TIMESTAMP '2026-11-23 23:59:59.999999'",
      "TIMESTAMP '2026-11-24'",
    ],
    ["2026-11-22", "2026-11-23", "2026-11-23", "2026-11-24"],
  ],
  [
    "timestamptz",
    [
      "TIMESTAMPTZ '2026-11-22 22:59:59+00'",
      "TIMESTAMPTZ '2026-11-22 23:00:00+00'",
      "TIMESTAMPTZ '2026-11-23 22:59:59+00'",
    ],
    ["2026-11-22", "2026-11-23", "2026-11-23"],
  ],
  [
    "text",
    ["' 2026-11-23T05:00:00Z'", "'2026-11-23'", "'2026-11-2'", "'23.11.2026'", "''"],
    ["2026-11-23", "2026-11-23", "2026-11-2", "23.11.2026", ""],
  ],
];

test.for(MOMENTS)("the day's rows are those whose day it is, in a column of kind %s", async ([kind, moments, days]) => {
  await using db = await openDatabase();
  const column: DateColumn = { name: 'the "day"', kind, timezone: "Europe/Berlin" };
  const rows = moments.map((moment, index) => `SELECT ${index} AS i, ${moment} AS "the ""day"""`).join(" UNION ALL ");
  await db.run(`CREATE TABLE loaded AS ${rows}`);
  const found = await db.rows(
    `SELECT ${dayText(column)} AS day, coalesce(${dayCondition(column, "2026-11-23")}, false) AS chosen FROM loaded ORDER BY i`,
    z.object({ day: z.string().nullable(), chosen: z.boolean() }),
  );
  expect(found).toEqual(days.map((day) => ({ day, chosen: day === "2026-11-23" })));
});

test.for([
  ["2026-03-29", "2026-03-28 23:00:00+00", "2026-03-29 22:00:00+00"],
  ["2026-10-25", "2026-10-24 22:00:00+00", "2026-10-25 23:00:00+00"],
] as const)("the day on which clocks change, %s, is 23 or 25 hours long", async ([date, first, next]) => {
  await using db = await openDatabase();
  const column: DateColumn = { name: "moment", kind: "timestamptz", timezone: "Europe/Berlin" };
  const hours = `SELECT unnest(range(TIMESTAMPTZ '${first}' - INTERVAL 5 HOUR, TIMESTAMPTZ '${next}' + INTERVAL 5 HOUR, INTERVAL 1 HOUR)) AS moment`;
  const [chosen] = await db.rows(
    `SELECT min(moment) = TIMESTAMPTZ '${first}' AND max(moment) = TIMESTAMPTZ '${next}' - INTERVAL 1 HOUR AS exact
     FROM (${hours}) WHERE ${dayCondition(column, date)}`,
    z.object({ exact: z.boolean() }),
  );
  expect(chosen).toEqual({ exact: true });
});

test.for([
  ["date", "DATE '2026-11-23'"],
  ["timestamp", "TIMESTAMP '2026-11-23 10:00:00'"],
] as const)(
  "DuckDB passes over the other days of a column of kind %s in the scan itself",
  async ([kind, moment], { root }) => {
    await writeDuckdb(
      join(root, "customers.duckdb"),
      `CREATE TABLE customers AS SELECT i AS id, ${moment} + to_days(i::INTEGER) AS day FROM range(3) AS r(i)`,
      ...(kind === "date" ? ["ALTER TABLE customers ALTER day TYPE DATE"] : []),
    );
    await using db = await openDatabase();
    const watched = watchedDatabase(db);
    const source = openSource({ url: "duckdb:customers.duckdb", table: "customers" }, root);
    await using session = await source.open(watched.db, { date: "2026-11-23", text: [] });
    const day = { column: { name: "day", kind, timezone: "UTC" }, date: "2026-11-23" };
    expect(await session.load("memory.main.loaded", { columns: ["id"], day })).toBe(1);
    expect(watched.scans).toEqual([{ columns: ["id"], filters: [expect.stringMatching(/^day[=>]/)] }]);
  },
);
