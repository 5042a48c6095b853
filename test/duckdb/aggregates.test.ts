import { expect, test } from "vitest";
import * as z from "zod";
import { aggregate } from "../../src/lib/duckdb/aggregates.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";

test("aggregates come back by their names, however many there are", async () => {
  await using db = await openDatabase();
  const of = (count: number) =>
    aggregate(
      db,
      "range(10) AS r(i)",
      Array.from({ length: count }, (_, index) => [`c${index}`, `count(*) FILTER (WHERE i < ${index})`] as const),
      z.int(),
    );
  expect(await of(0)).toEqual({});
  expect(await of(3)).toEqual({ c0: 0, c1: 1, c2: 2 });
  const many = await of(301);
  expect(Object.keys(many)).toHaveLength(301);
  expect(many).toMatchObject({ c5: 5, c149: 10, c150: 10, c300: 10 });
});
