import { expect, test } from "vitest";
import * as z from "zod";
import { aggregate, answerQuestions } from "../../src/lib/duckdb/aggregates.ts";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";

test("aggregates come back by their names, however many there are", async () => {
  await using db = await openDatabase();
  const of = (count: number) =>
    aggregate(
      db,
      "range(10) AS r(i)",
      Array.from({ length: count }, (_, index) => ({
        value: `i < ${index}`,
        aggregates: (value: string) => [[`c${index}`, `count(*) FILTER (WHERE ${value})`] as const],
      })),
      z.int(),
    );
  expect(await of(0)).toEqual({});
  expect(await of(3)).toEqual({ c0: 0, c1: 1, c2: 2 });
  const many = await of(301);
  expect(Object.keys(many)).toHaveLength(301);
  expect(many).toMatchObject({ c5: 5, c149: 10, c150: 10, c300: 10 });
});

test("questions are answered as all rows answer them, whichever row it is that counts", async () => {
  await using db = await openDatabase();
  // The first rows are an even 2,048; each question is about one row or about all of them.
  const rows = [1, 2047, 2048, 2049, 10_000];
  const places = [0, 2046, 2047, 2048, 9_999];
  for (const count of rows) {
    const asked = places.map((place, index) => ({
      value: `i = ${place}`,
      questions: (value: string) => [
        { name: `some_${index}`, sql: `bool_or(${value})`, final: true },
        { name: `none_${index}`, sql: `bool_and(NOT ${value})`, final: false },
        { name: `last_${index}`, sql: `count(*) = ${place} + 1` },
      ],
    }));
    const expected = places.flatMap((place, index) => [
      [`some_${index}`, place < count],
      [`none_${index}`, place >= count],
      [`last_${index}`, place === count - 1],
    ]);
    expect(await answerQuestions(db, `range(${count}) AS r(i)`, asked)).toEqual(Object.fromEntries(expected));
  }
});

test("what the first rows settle is asked of no other", async () => {
  await using db = await openDatabase();
  await db.run("CREATE TABLE numbers AS SELECT i FROM range(5000) AS r(i)");
  const scans: string[] = [];
  const noted: Database = {
    ...db,
    rows: (sql, schema, values) => {
      scans.push(sql);
      return db.rows(sql, schema, values);
    },
  };
  const settled = (value: string) => [{ name: "there", sql: `count(${value}) > 0`, final: true }];
  const open = (value: string) => [{ name: "small", sql: `bool_and(${value} < 4000)`, final: false }];
  expect(await answerQuestions(noted, "numbers", [{ value: "i", questions: settled }])).toEqual({ there: true });
  expect(scans.map((sql) => sql.includes("LIMIT"))).toEqual([true]);
  expect(await answerQuestions(noted, "numbers", [{ value: "i", questions: open }])).toEqual({ small: false });
  expect(scans.map((sql) => sql.includes("LIMIT"))).toEqual([true, true, false]);
});
