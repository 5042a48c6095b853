import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { describeColumns } from "../../src/lib/duckdb/describe.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { familyOf, formOfKind, ownForm } from "../../src/lib/source/canonical.ts";
import type { ColumnKind } from "../../src/lib/source/kinds.ts";

let db: Database;
beforeAll(async () => {
  db = await openDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

/** What becomes of one column of values, given as SQL: its type, its values as text, and how many were lost. */
async function canonical(values: readonly string[], kind?: ColumnKind, fits = true) {
  await db.run(
    `CREATE OR REPLACE TABLE loaded AS ${values.map((value) => `SELECT ${value} AS value`).join(" UNION ALL ")}`,
  );
  const [column = { name: "", type: "" }] = await describeColumns(db, "loaded");
  const form = kind === undefined ? ownForm({ ...column, fits }) : formOfKind(kind, { ...column, fits });
  const { type, expression, from = "value", lossy } = form;
  const loaded = `(SELECT value AS source, ${from} AS value FROM loaded)`;
  const rows = await db.rows(
    `SELECT typeof(${expression}) AS type, CAST(${expression} AS VARCHAR) AS text FROM ${loaded}`,
    z.object({ type: z.string(), text: z.string().nullable() }),
  );
  expect(new Set(rows.map((row) => row.type))).toEqual(new Set([type]));
  const [lost] = await db.rows(
    `SELECT count(source) - count(${expression}) AS lost FROM ${loaded}`,
    z.object({ lost: z.int() }),
  );
  if (!lossy) expect(lost?.lost).toBe(0);
  return { type, values: rows.map(({ text }) => text), lost: lost?.lost };
}

test.each([
  ["UTINYINT", "1::UTINYINT", "BIGINT", "1"],
  ["UBIGINT", "18446744073709551::UBIGINT", "BIGINT", "18446744073709551"],
  ["HUGEINT that fits", "-9223372036854775808::HUGEINT", "BIGINT", "-9223372036854775808"],
  ["BIGNUM that fits", "'7'::BIGNUM", "BIGINT", "7"],
  ["DECIMAL without a fraction", "7::DECIMAL(9,0)", "BIGINT", "7"],
  ["wide DECIMAL without a fraction", "7::DECIMAL(38,0)", "BIGINT", "7"],
  ["DECIMAL", "7.25::DECIMAL(9,2)", "DOUBLE", "7.25"],
  ["FLOAT", "0.5::FLOAT", "DOUBLE", "0.5"],
  ["-0", "-0.0::DOUBLE", "DOUBLE", "0.0"],
  ["BOOLEAN", "true", "BOOLEAN", "true"],
  ["DATE", "DATE '2020-02-29'", "DATE", "2020-02-29"],
  ["TIMESTAMP_S", "TIMESTAMP_S '2020-02-29 10:00:00'", "TIMESTAMP", "2020-02-29 10:00:00"],
  ["TIMESTAMP_NS", "TIMESTAMP_NS '2020-02-29 10:00:00.123456789'", "TIMESTAMP", "2020-02-29 10:00:00.123456"],
  ["a time with a zone", "TIMESTAMPTZ '2020-02-29 00:30:00+01'", "TIMESTAMP", "2020-02-28 23:30:00"],
  ["ENUM", "'a'::ENUM('b, (c)', 'a')", "VARCHAR", "a"],
  ["UUID", "'1F0E0000-0000-4000-8000-00000000000A'::UUID", "VARCHAR", "1f0e0000-0000-4000-8000-00000000000a"],
  ["text with U+0000", "'a' || chr(0) || 'b'", "VARCHAR", "ab"],
  ["only nulls without a type", "NULL", "BIGINT", null],
])("%s becomes its canonical type, which stays as it is", async (_, sql, type, value) => {
  expect(await canonical([sql])).toEqual({ type, values: [value], lost: 0 });
  const text = value === null ? "NULL" : `'${value}'`;
  expect(await canonical([`CAST(${text} AS ${type})`])).toEqual({ type, values: [value], lost: 0 });
});

test.each([
  ["a list", "[1, 2]", "[1, 2]"],
  ["a struct", "{'a': 1}", "{'a': 1}"],
  ["a blob", "'x'::BLOB", "x"],
  ["a time of the day", "TIME '10:00:00'", "10:00:00"],
  ["an interval", "INTERVAL 3 DAY", "3 days"],
])("%s is kept as text, of no family of values", async (_, sql, value) => {
  const [column] = await describeColumns(db, `(SELECT ${sql})`);
  expect(familyOf(column?.type ?? "")).toBe("other");
  expect(await canonical([sql])).toEqual({ type: "VARCHAR", values: [value], lost: 0 });
  expect(await canonical([sql], "categorical")).toMatchObject({ type: "VARCHAR", values: [value] });
});

test.each([
  ["NaN", "'nan'::DOUBLE", "DOUBLE"],
  ["an infinite number", "'-inf'::FLOAT", "DOUBLE"],
  ["an infinite date", "DATE 'infinity'", "DATE"],
  ["an infinite time", "TIMESTAMP '-infinity'", "TIMESTAMP"],
  ["an infinite time with a zone", "TIMESTAMPTZ 'infinity'", "TIMESTAMP"],
])("%s becomes null and counts as lost, which a null does not", async (_, sql, type) => {
  expect(await canonical([sql, "NULL"])).toEqual({ type, values: [null, null], lost: 1 });
});

test("integers beyond 64 bits become DOUBLE, or text with all their digits", async () => {
  const wide = ["99999999999999999999::HUGEINT", "1::HUGEINT"];
  expect(await canonical(wide, undefined, false)).toMatchObject({ type: "DOUBLE", values: ["1e+20", "1.0"], lost: 0 });
  expect(await canonical(wide, "categorical")).toMatchObject({
    type: "VARCHAR",
    values: ["99999999999999999999", "1"],
  });
});

test.each([
  ["numeric", ["'12.5'", "'n/a'", "NULL", "'inf'"], "DOUBLE", ["12.5", null, null, null], 2],
  ["numeric", ["true", "false"], "BIGINT", ["1", "0"], 0],
  ["boolean", ["'Yes '", "'f'", "'perhaps'", "NULL"], "BOOLEAN", ["true", "false", null, null], 1],
  ["boolean", ["1", "0", "2"], "BOOLEAN", ["true", "false", null], 1],
  [
    "date",
    ["'2020-01-31'", "'2020-01-31 10:00:00'", "'soon'"],
    "TIMESTAMP",
    ["2020-01-31 00:00:00", "2020-01-31 10:00:00", null],
    1,
  ],
  ["date", ["DATE '2020-01-31'"], "DATE", ["2020-01-31"], 0],
  ["categorical", ["7", "NULL"], "VARCHAR", ["7", null], 0],
  ["categorical", ["7::DOUBLE", "'nan'::DOUBLE"], "VARCHAR", ["7", null], 1],
  ["categorical", ["'7.0'", "'plus'"], "VARCHAR", ["7", "plus"], 0],
  ["categorical", ["12345678901234567.00::DECIMAL(19,2)", "1.50"], "VARCHAR", ["12345678901234567", "1.5"], 0],
  ["boolean", ["'1.0'", "'0.0'"], "BOOLEAN", ["true", "false"], 0],
  ["categorical", ["DATE '2020-01-31'"], "VARCHAR", ["2020-01-31"], 0],
  ["ignore", ["7"], "BIGINT", ["7"], 0],
] as const)("dataset.types reads as %s what is %j", async (override, sql, type, values, lost) => {
  expect(await canonical(sql, override)).toEqual({ type, values, lost });
});

test.each([
  ["numeric", "DATE"],
  ["boolean", "TIMESTAMP"],
  ["date", "BOOLEAN"],
  ["date", "INTEGER"],
] as const)("dataset.types can't read as %s a column of type %s", (override, type) => {
  expect(() => formOfKind(override, { name: "since", type, fits: true })).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: `dataset.types.since: a column of type ${type} can't be read as ${override}`,
    }),
  );
});
