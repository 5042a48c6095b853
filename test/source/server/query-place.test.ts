import { expect, test } from "vitest";
import { queryText } from "../../../src/lib/source/query-text.ts";
import { queryPlace } from "../../../src/lib/source/server/query-place.ts";

/** The place of a word that a server would point at. */
function placeOf(query: string, word: string): string | undefined {
  const sent = queryText(query, "'2026-11-23'");
  // A server counts characters, where JavaScript counts units of UTF-16.
  return queryPlace(query, sent, [...sent.slice(0, sent.indexOf(word))].length);
}

test("a place is one of the query as it is written", () => {
  expect(placeOf("SELECT nme FROM t", "nme")).toBe("line 1, column 8");
  expect(placeOf("SELECT id,\n nme FROM t", "nme")).toBe("line 2, column 2");
  expect(placeOf("\n\n  SELECT nme", "nme")).toBe("line 3, column 10");
  expect(placeOf("SELECT 'é😀', nme", "nme")).toBe("line 1, column 14");
  expect(placeOf("SELECT\n  'x😀' AS a,\n  nme", "nme")).toBe("line 3, column 3");
});

test("beside {date} a column would be that of what was sent", () => {
  expect(placeOf("SELECT {date}, nme FROM t", "nme")).toBe("line 1");
  expect(placeOf("SELECT {date},\n nme FROM t", "nme")).toBe("line 2, column 2");
});

test("what isn't within the query has no place in it", () => {
  expect(queryPlace("SELECT 1", "SELECT 1", -1)).toBeUndefined();
  expect(queryPlace("SELECT 1", "SELECT 1", 9)).toBeUndefined();
  expect(queryPlace("SELECT 1", "SELECT 1", 8)).toBe("line 1, column 9");
});
