import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { countDistinct } from "../../src/lib/duckdb/distinct.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";

let db: Database;
beforeAll(async () => {
  db = await openDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

test("values are counted as a set counts them, in whatever order they lie", async () => {
  const value = fc.option(fc.stringMatching(/^[a-cÄ ]{0,2}$/), { nil: null });
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 12 }), fc.boolean(), async (values, sorted) => {
      const there = values.filter((one) => one !== null);
      // By code points, as DuckDB compares texts.
      const ordered = [...there].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const rows = sorted ? [...ordered, ...values.filter((one) => one === null)] : values;
      const list = rows.map((one) => (one === null ? "(NULL)" : `('${one}')`)).join(", ");
      const isOrdered = sorted || there.every((one, index) => one === ordered[index]);
      const query = `SELECT CAST("a ""b""" AS VARCHAR) AS "a ""b""" FROM (VALUES ${list}) AS t("a ""b""")`;
      expect(await countDistinct(db, query, 'a "b"')).toEqual({
        values: there.length,
        distinct: new Set(there).size,
        inOrder: isOrdered,
      });
    }),
    { numRuns: 100 },
  );
});

test.each([
  ["in order", "i // 2", { values: 10_000, distinct: 5_000, inOrder: true }],
  [
    "but for one far behind",
    "CASE WHEN i = 9000 THEN 0 ELSE i END",
    { values: 10_000, distinct: 9_999, inOrder: false },
  ],
  [
    "but for one at the beginning",
    "CASE WHEN i = 0 THEN 5 ELSE i END",
    { values: 10_000, distinct: 9_999, inOrder: false },
  ],
  ["with nulls between", "CASE WHEN i % 3 > 0 THEN i END", { values: 6_666, distinct: 6_666, inOrder: true }],
  ["none", "CAST(NULL AS INTEGER)", { values: 0, distinct: 0, inOrder: true }],
])("many values %s", async (_, value, expected) => {
  expect(await countDistinct(db, `SELECT ${value} AS id FROM range(10000) AS r(i)`, "id")).toEqual(expected);
});
