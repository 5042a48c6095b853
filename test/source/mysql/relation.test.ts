import { expect, test } from "vitest";
import { relationOf } from "../../../src/lib/source/mysql/relation.ts";

test.each([
  ["customers", "own", "customers"],
  ["shop.customers", "shop", "customers"],
  ["`shop`.`my customers`", "shop", "my customers"],
  ["`a.b`", "own", "a.b"],
  ["`a``b`.c", "a`b", "c"],
  ["a.b.c", "a", "b.c"],
])("%s", (table, database, name) => {
  expect(relationOf({ table, query: undefined }, "own", "2026-11-23").table).toEqual({ database, name });
});

test("a table is quoted, and a query stands in brackets", () => {
  const of = (source: { table?: string; query?: string }) =>
    relationOf({ table: source.table, query: source.query }, "shop", "2026-11-23");
  expect(of({ table: "crm.it's" })).toEqual({
    ...{ name: "table crm.it's", sql: "`crm`.`it's`", table: { database: "crm", name: "it's" } },
  });
  expect(of({ table: "t" })).toEqual({ name: "table t", sql: "`t`", table: { database: "shop", name: "t" } });
  expect(of({ query: "SELECT {date} - INTERVAL 7 DAY AS d;" })).toEqual({
    ...{ name: "source.query", sql: "(SELECT '2026-11-23' - INTERVAL 7 DAY AS d\n) AS source_rows" },
  });
});
