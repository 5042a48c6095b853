import { expect, test } from "vitest";
import { hasWildcard, isHidden, nameMatcher } from "../../src/lib/source/pattern.ts";

test.each([
  ["*.csv", ["a.csv", "ü.csv"], ["a.csv.gz", "A.CSV", ".csv"]],
  ["a?c", ["abc", "aüc", "a😀c"], ["ac", "abbc"]],
  ["c[12]", ["c1", "c2"], ["c3", "c[12]", "c12"]],
  ["c[a-c]", ["ca", "cb"], ["cd", "c-"]],
  ["c[!a-c]", ["cd", "c!"], ["ca", "c"]],
  ["c[^a]", ["cd"], ["ca"]],
  ["c[!]", ["c!"], ["ca"]],
  ["c[]]", ["c]"], ["c"]],
  ["c[.^]", ["c.", "c^"], ["cx"]],
  ["c[\\d]", ["c\\", "cd"], ["c1"]],
  ["c[12", ["c[12"], ["c1"]],
  ["part-{00}.(a|b)$", ["part-{00}.(a|b)$"], ["part-00.a"]],
  ["line*", ["line\nbreak"], []],
])("%s", (pattern, matched, others) => {
  const isMatch = nameMatcher(pattern);
  expect(matched.filter((name) => !isMatch(name))).toEqual([]);
  expect(others.filter(isMatch)).toEqual([]);
});

test("what Spark and Hadoop put beside files is matched by nobody who doesn't name it", () => {
  const hidden = ["_SUCCESS", "_temporary", "_metadata", ".part-0.parquet.crc", ".spark-staging-1", "a.csv._COPYING_"];
  expect(hidden.filter((name) => !isHidden(name))).toEqual([]);
  expect(["_day=2026-11-23", "part-0.parquet", "a_b.csv"].filter(isHidden)).toEqual([]);
  expect(hidden.filter(nameMatcher("*"))).toEqual([]);
  expect(hidden.filter(nameMatcher("_*"))).toEqual(["_SUCCESS", "_temporary", "_metadata"]);
  expect(hidden.filter(nameMatcher(".*"))).toEqual([".part-0.parquet.crc", ".spark-staging-1"]);
});

test("a class that is none is said to be so", () => {
  expect(() => nameMatcher("c[z-a]")).toThrow(
    expect.objectContaining({ exitCode: 2, message: "source.url: c[z-a] is no pattern" }),
  );
});

test("wildcards are * ? and [", () => {
  expect(["a*", "a?", "a[b]", "a]b", "{a,b}", "a\\b"].map(hasWildcard)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
