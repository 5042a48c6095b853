import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { spelled, spelledNumber, spelledText, unpaddedText } from "../../src/lib/source/spelling.ts";

let db: Database;
beforeAll(async () => {
  db = await openDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

async function value(sql: string, values?: Readonly<Record<string, string>>): Promise<string | null> {
  const [row] = await db.rows(`SELECT ${sql} AS text`, z.object({ text: z.string().nullable() }), values);
  return row?.text ?? null;
}
const sqlSpelled = (text: string) => value(spelledText("CAST($text AS VARCHAR)"), { text });

test.each([
  ["1", "1"],
  ["1.0", "1"],
  ["1.00", "1"],
  ["-12.0", "-12"],
  ["100.0", "100"],
  ["0.0", "0"],
  ["-0.0", "0"],
  ["-0", "0"],
  ["12345678901234567890123.0", "12345678901234567890123"],
  ["1.5", "1.5"],
  ["1.50", "1.50"],
  ["10", "10"],
  ["007", "007"],
  ["007.0", "007.0"],
  [".0", ".0"],
  ["v1.0", "v1.0"],
  ["1.0.0", "1.0.0"],
  ["1.0 ", "1.0 "],
  ["1.0\n", "1.0\n"],
  ["+1.0", "+1.0"],
  ["1e5", "1e5"],
  ["", ""],
])("the text %j is the category %j", async (text, category) => {
  expect(spelled(text)).toBe(category);
  expect(await sqlSpelled(text)).toBe(category);
});

test("null is no category", async () => {
  expect(await value(spelledText("CAST(NULL AS VARCHAR)"))).toBeNull();
  expect(await value(spelledNumber("CAST(NULL AS DOUBLE)"))).toBeNull();
});

test.each([
  ["1.0::DOUBLE", "1"],
  ["-0.0::DOUBLE", "0"],
  ["1.5::DOUBLE", "1.5"],
  ["2.0::FLOAT", "2"],
  ["1.10::DECIMAL(9,2)", "1.1"],
  ["123456789012345678.00::DECIMAL(20,2)", "123456789012345678"],
  ["9007199254740993.00::DECIMAL(38,2)", "9007199254740993"],
  ["1e20::DOUBLE", "100000000000000000000"],
  ["1e40::DOUBLE", "1e+40"],
  ["-3.0::DOUBLE", "-3"],
])("the number %s is the category %s", async (sql, category) => {
  expect(await value(spelledNumber(sql))).toBe(category);
});

test("a category that was spelled once stays as it is, in SQL as in JavaScript", async () => {
  const digits = fc.stringMatching(/^-?[0-9]{1,4}(\.[0-9]{1,3})?$/);
  await fc.assert(
    fc.asyncProperty(fc.oneof(digits, fc.string()), async (text) => {
      const once = spelled(text);
      expect(spelled(once)).toBe(once);
      if (!text.includes("\0")) expect(await sqlSpelled(text)).toBe(once);
    }),
  );
});

test("an integer is one category as an integer, as a float and as the text of either", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), async (integer) => {
      const float = await value(`CAST(${integer}::DOUBLE AS VARCHAR)`);
      expect(await value(spelledNumber(`${integer}::DOUBLE`))).toBe(String(integer));
      expect(spelled(float ?? "")).toBe(String(integer));
      expect(spelled(String(integer))).toBe(String(integer));
    }),
    { numRuns: 30 },
  );
});

test("padding is what rtrim takes away, whichever character stands at the end", async () => {
  const characters = "FROM range(1, 65536) AS r(code) WHERE code NOT BETWEEN 55296 AND 57343";
  const [found] = await db.rows(
    `SELECT count(*) FILTER (WHERE ${unpaddedText("text")} IS DISTINCT FROM rtrim(text)) AS others, count(*) FILTER (WHERE rtrim(text) <> text) AS padded
     FROM (SELECT 'Ä ' || chr(code::INTEGER) AS text ${characters} UNION ALL SELECT 'A ' || chr(code::INTEGER) ${characters}
       UNION ALL SELECT unnest(['', ' ', NULL, 'a  ']))`,
    z.object({ others: z.int(), padded: z.int() }),
  );
  expect(found?.others).toBe(0);
  expect(found?.padded).toBeGreaterThan(30);
});
