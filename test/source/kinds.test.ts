import { expect, test } from "vitest";
import { isIndexName, kindsOfTypes } from "../../src/lib/source/kinds.ts";

test("a night of churn 1.x knew types alone: text is decided anew, an index was a number", () => {
  const columns = [
    ["a", "BIGINT"],
    ["b", "DOUBLE"],
    ["c", "BOOLEAN"],
    ["d", "DATE"],
    ["e", "TIMESTAMP"],
    ["f", "VARCHAR"],
    ["__index_level_0__", "BIGINT"],
  ] as const;
  expect(kindsOfTypes(columns.map(([name, type]) => ({ name, type })))).toEqual([
    { name: "a", type: "BIGINT", kind: "numeric", unused: null },
    { name: "b", type: "DOUBLE", kind: "numeric", unused: null },
    { name: "c", type: "BOOLEAN", kind: "boolean", unused: null },
    { name: "d", type: "DATE", kind: "date", unused: "date" },
    { name: "e", type: "TIMESTAMP", kind: "date", unused: "date" },
    { name: "f", type: "VARCHAR", kind: null, unused: null },
    { name: "__index_level_0__", type: "BIGINT", kind: "ignore", unused: "index" },
  ]);
});

test.each(["__index_level_0__", "__index_level_10__", "Unnamed: 0", "Unnamed: 12", ""])("%j names an index", (name) => {
  expect(isIndexName(name)).toBe(true);
});

test.each(["index", "__index_level__", "x__index_level_0__", "Unnamed", "Unnamed: x", "unnamed: 0", " "])(
  "%j names none",
  (name) => {
    expect(isIndexName(name)).toBe(false);
  },
);
