import { expect, test } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { sampleOf } from "../../src/lib/matrix/sample.ts";

const NAMES = { id: "the id", features: ['f "1"', "f2"] } as const;
const customers = (order: string, ids = "'c' || i") =>
  `(SELECT ${ids} AS "the id", CAST(i AS FLOAT) AS "f ""1""", CASE WHEN i % 2 = 0 THEN CAST(i AS FLOAT) END AS f2
    FROM range(1000) AS t(i) ORDER BY ${order})`;

test("the same customers are drawn in the same order, however the file has them", async () => {
  await using db = await openDatabase();
  const drawn = await sampleOf(db, customers("i"), { ...NAMES, rows: 128 });
  expect(drawn).toMatchObject({ featureNames: NAMES.features, rowCount: 128 });
  expect(await sampleOf(db, customers("i DESC"), { ...NAMES, rows: 128 })).toEqual(drawn);
  const [all = new Float32Array(), even = new Float32Array()] = drawn.columns;
  expect(new Set(all).size).toBe(128);
  expect([...even]).toEqual([...all].map((i) => (i % 2 === 0 ? i : Number.NaN)));
  // Neither the first nor neighbours: the mean of 0 to 999 is 499.5.
  expect(Math.abs(all.reduce((sum, i) => sum + i, 0) / 128 - 499.5)).toBeLessThan(80);
});

test("a smaller sample is the beginning of a larger one; whole numbers are drawn as their texts are", async () => {
  await using db = await openDatabase();
  const ids = async (rows: number, as: string) => [
    ...((await sampleOf(db, customers("i", as), { ...NAMES, rows })).columns[0] ?? []),
  ];
  expect(await ids(20, "i")).toEqual((await ids(128, "i")).slice(0, 20));
  expect(await ids(20, "CAST(i AS VARCHAR)")).toEqual(await ids(20, "i"));
});

test("where there are fewer, all are drawn", async () => {
  await using db = await openDatabase();
  expect((await sampleOf(db, customers("i"), { ...NAMES, rows: 5_000 })).rowCount).toBe(1_000);
});
