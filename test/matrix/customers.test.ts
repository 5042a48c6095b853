import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { identifier } from "../../src/lib/duckdb/sql.ts";
import { collect, customersOf, rowsOf } from "../../src/lib/matrix/customers.ts";
import { labelOf, matrixOf } from "../../src/lib/matrix/matrix.ts";

const NAMES = { features: ['f "1"', "customers", "v0"], label: "churned" };
/** 5,000 customers in three chunks; every fifth has no v0. */
const CUSTOMERS = `(SELECT i AS "f ""1""", CAST(i % 7 AS DOUBLE) AS customers, CASE WHEN i % 5 > 0 THEN i / 2 END AS v0,
  i % 4 = 0 AS churned FROM range(5000) AS t(i))`;

describe("customers of a relation", () => {
  test("are counted before they are read, and are the relation's own", async () => {
    await using db = await openDatabase();
    const customers = await customersOf(db, CUSTOMERS, NAMES);
    expect(customers).toMatchObject({ featureNames: NAMES.features, rowCount: 5_000, churned: 1_250 });
    expect([...customers.infinite]).toEqual([]);
    const { matrix, label } = await collect(customers);
    expect(matrix).toEqual(await matrixOf(db, CUSTOMERS, NAMES.features));
    expect(label).toEqual(await labelOf(db, CUSTOMERS, NAMES.label));
    // And once more, from the first one on.
    expect(await collect(customers)).toEqual({ matrix, label });
  });

  test("are nobody where there is nobody", async () => {
    await using db = await openDatabase();
    const customers = await customersOf(db, `(FROM ${CUSTOMERS} LIMIT 0)`, NAMES);
    expect(customers).toMatchObject({ rowCount: 0, churned: 0 });
    expect((await collect(customers)).matrix.columns.map(({ length }) => length)).toEqual([0, 0, 0]);
  });

  test.each([
    ["NULL", "1"],
    ["2", "1"],
    ["0.5", "1"],
    ["CAST('nan' AS FLOAT)", "1"],
  ])("with the label %s are refused", async (value, count) => {
    await using db = await openDatabase();
    const relation = `(SELECT i AS f, CASE WHEN i = 7 THEN ${value} ELSE i % 2 END AS y FROM range(10) AS t(i))`;
    await expect(customersOf(db, relation, { features: ["f"], label: "y" })).rejects.toMatchObject({
      exitCode: 4,
      message: `y is neither 0 nor 1 for ${count} customer`,
    });
  });

  test("with infinite values are counted by feature, of many features too", async () => {
    await using db = await openDatabase();
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.tuple(fc.nat(59), fc.constantFrom("'inf'", "'-inf'", "'nan'", "NULL")), { maxLength: 4 }),
        async (width, odd) => {
          const features = Array.from({ length: width }, (_, index) => `f${index}`);
          const values = features.map((name, index) => {
            const [, value = "1"] = odd.find(([at]) => at === index) ?? [];
            return `CASE WHEN i >= ${index % 3} THEN CAST(${value} AS FLOAT) ELSE i END AS ${identifier(name)}`;
          });
          const relation = `(SELECT ${values.join(", ")}, i % 2 AS y FROM range(3) AS t(i))`;
          const { infinite } = await customersOf(db, relation, { features, label: "y" });
          const expected = features.flatMap((name, index) => {
            const [, value = ""] = odd.find(([at]) => at === index) ?? [];
            return value.includes("inf") ? [[name, 3 - (index % 3)]] : [];
          });
          expect([...infinite]).toEqual(expected);
        },
      ),
      { numRuns: 40 },
    );
  });
});

test("rows without a label are the features alone", async () => {
  await using db = await openDatabase();
  const rows = rowsOf(db, CUSTOMERS, ["v0"], 5_000);
  const read: number[] = [];
  for await (const { columns, ...chunk } of rows.chunks()) {
    expect(Object.keys(chunk)).not.toContain("label");
    read.push(...(columns[0] ?? []));
  }
  expect(read).toEqual([...((await matrixOf(db, CUSTOMERS, ["v0"])).columns[0] ?? [])]);
});
