import { expect, test } from "vitest";
import { bracketedQuery } from "../../../src/lib/source/server/user-query.ts";

const DATE = "2026-11-23";

test("a query stands in brackets, with the date as a literal, however it ends", () => {
  const cases = [
    ["SELECT * FROM t WHERE d = {date};\n", "(SELECT * FROM t WHERE d = '2026-11-23'\n)"],
    ["SELECT 1 -- and no more", "(SELECT 1 -- and no more\n)"],
    [
      "WITH a AS (SELECT {date} AS d) SELECT d, {date} FROM a",
      "(WITH a AS (SELECT '2026-11-23' AS d) SELECT d, '2026-11-23' FROM a\n)",
    ],
    ["(SELECT 1)", "((SELECT 1)\n)"],
    ["/*+ hint */ VALUES (1)", "(/*+ hint */ VALUES (1)\n)"],
    ["SELECT '$& {date}$1' || 'x'", "(SELECT '$& '2026-11-23'$1' || 'x'\n)"],
    ["SELECT inserted FROM deletes", "(SELECT inserted FROM deletes\n)"],
  ] as const;
  for (const [query, sql] of cases) expect(bracketedQuery("source.query", query, DATE)).toBe(sql);
});

test("what writes is told by its kind, behind comments and brackets as well", () => {
  for (const [query, kind] of [
    ["insert into t values (1)", "INSERT"],
    ["-- x\n# y\n/* z\n */ UPDATE t SET a = 1", "UPDATE"],
    ["(DELETE FROM t)", "DELETE"],
    ["set @a = 1", "SET"],
    ["COMMIT", "COMMIT"],
    ["explain SELECT 1", "EXPLAIN"],
  ] as const) {
    expect(() => bracketedQuery("source.ready", query, DATE)).toThrow(
      `source.ready is a statement of the kind ${kind}`,
    );
  }
  expect(() => bracketedQuery("source.query", " ; ", DATE)).toThrow("source.query is empty");
  expect(() => bracketedQuery("source.query", "SELECT ' {date}'", DATE)).toThrow(
    "source.query: {date} stands in quotes",
  );
});
