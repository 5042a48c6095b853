import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { readSource, test } from "../support/source-folder.ts";

/** id 1, 2; seen 23:00 and 22:30 UTC of 2026-11-19 and 20; more { seen }. By pyarrow, use_deprecated_int96_timestamps. */
const INT96 = Buffer.from(
  "UEFSMRUAFRwVHCwVBBUAFQYVBhwAAAACAAAABAEBAAAAAgAAABUAFTwVPCwVBBUAFQYVBhwAAAACAAAABAEAYJZgTksAALSOJQAAEDpIq0kAALWOJQAVABUmFSYsFQQVABUGFQYcAAAAAwAAAAMCAABglmBOSwAAtI4lABUEGVw1ABgGc2NoZW1hFQYAFQIlAhgCaWQAFQYlAhgEc2VlbgA1AhgEbW9yZRUCABUGJQIYBHNlZW4AFgQZHBk8JgAcFQIZJQYAGRgCaWQVABYEFkIWQiYISRwVABUAFQIAPCkGGSYABAAAACYAHBUGGSUGABkYBHNlZW4VABYEFmIWYiZKSRwVABUAFQIAPCkGGSYABAAAACYAHBUGGSUGABkoBG1vcmUEc2VlbhUAFgQWTBZMJqwBSRwVABUAFQIAPCkGGTYCAAIAAAAW8AEWBCYIFvABACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNi4wLjEZPBwAABwAABwAAAAGAQAAUEFSMQ==",
  "base64",
);

const INSTANT = "TIMESTAMP WITH TIME ZONE";

test("INT96 is an instant: its day is the one of the configured time zone", async ({ root }) => {
  await writeFile(join(root, "a.parquet"), INT96);
  await using db = await openDatabase();
  await using session = await openSource({ url: "parquet:a.parquet" }, root).open(db, { date: "2026-11-20", text: [] });
  expect(session.columns).toEqual([
    { name: "id", type: "INTEGER" },
    { name: "seen", type: INSTANT },
    { name: "more", type: "STRUCT(seen TIMESTAMP)" },
  ]);
  const berlin = { name: "seen", kind: "timestamptz", timezone: "Europe/Berlin" } as const;
  expect(await session.newestDate(berlin, "2026-11-30")).toEqual({ date: "2026-11-20" });
  const day = { column: berlin, date: "2026-11-20" };
  expect(await session.load("memory.main.loaded", { columns: ["id", "seen"], day })).toBe(2);
  expect(await db.rows("SELECT seen::VARCHAR AS seen FROM memory.main.loaded ORDER BY id", z.unknown())).toEqual([
    { seen: "2026-11-19 23:00:00+00" },
    { seen: "2026-11-20 22:30:00+00" },
  ]);
});

test("times that aren't INT96 keep their meaning", async ({ root }) => {
  await using db = await openDatabase();
  await db.run(`COPY (SELECT 1 AS id, TIMESTAMP '2026-11-19 23:00' AS seen, TIMESTAMP_NS '2026-11-19 23:00' AS ns,
    TIMESTAMPTZ '2026-11-19 23:00:00+00' AS tz, DATE '2026-11-19' AS d) TO '${root}/a.parquet'`);
  const { columns } = await readSource({ url: "parquet:a.parquet" }, root);
  expect(columns.map(({ type }) => type)).toEqual(["INTEGER", "TIMESTAMP", "TIMESTAMP_NS", INSTANT, "DATE"]);
});

test("INT96 beside instants is one column, beside times without a zone a question", async ({ root }) => {
  await writeFile(join(root, "a.parquet"), INT96);
  await using db = await openDatabase();
  await db.run(`COPY (SELECT 3 AS id, TIMESTAMPTZ '2026-11-19 23:00:00+00' AS "SEEN") TO '${root}/b.parquet'`);
  const { columns, rows } = await readSource({ url: "parquet:[ab].parquet" }, root);
  expect(columns[1]).toEqual({ name: "seen", type: INSTANT });
  expect(rows.map(({ seen }) => seen)).toEqual([
    new Date("2026-11-19T23:00Z"),
    new Date("2026-11-20T22:30Z"),
    new Date("2026-11-19T23:00Z"),
  ]);
  await db.run(`COPY (SELECT 3 AS id, TIMESTAMP '2026-11-19 23:00' AS seen) TO '${root}/c.parquet'`);
  await expect(readSource({ url: "parquet:[ac].parquet" }, root)).rejects.toMatchObject({
    exitCode: 2,
    message:
      "source.url: column seen of [ac].parquet is INT96, an instant, in some files and a time without a zone in others",
  });
});

test("binary that nothing explains is text where all of it is UTF-8", async ({ root }) => {
  await using db = await openDatabase();
  const row = (id: number, name: string, other: string) =>
    `SELECT ${id} AS id, ${name} AS name, ${other} AS other, NULL::BLOB AS none, {'name': ${name}} AS more`;
  await db.run(`COPY (${row(1, "encode('für')", "encode('x')")}) TO '${root}/a.parquet'`);
  await db.run(`COPY (${row(2, "encode('')", "'\\xFF'::BLOB")}) TO '${root}/b.parquet'`);
  await db.run(`COPY (${row(3, "'grün'", "'x'")}) TO '${root}/c.parquet'`);
  const text = { name: "name", type: "VARCHAR" };
  const none = { name: "none", type: "VARCHAR" };

  const all = await readSource({ url: "parquet:a.parquet" }, root);
  expect(all.columns.slice(1, 4)).toEqual([text, { name: "other", type: "VARCHAR" }, none]);
  expect(all.rows).toMatchObject([{ id: 1, name: "für", other: "x", none: null, more: { name: "für" } }]);

  const some = await readSource({ url: "parquet:[ab].parquet" }, root);
  expect(some.columns.slice(1, 4)).toEqual([text, { name: "other", type: "BLOB" }, none]);
  expect(some.rows.map(({ name }) => name)).toEqual(["für", ""]);

  // Old files without the annotation, new ones with it.
  const mixed = await readSource({ url: "parquet:[ac].parquet" }, root);
  expect(mixed.rows.map(({ name, other }) => [name, other])).toEqual([
    ["für", "x"],
    ["grün", "x"],
  ]);
});
