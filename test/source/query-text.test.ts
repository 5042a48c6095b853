import { expect, test } from "vitest";
import { choosesDate, queryText } from "../../src/lib/source/query-text.ts";

test("{date} is put in wherever it stands, whatever signs it has", () => {
  expect(queryText("SELECT {date}, {date}", "$$&'")).toBe("SELECT $$&', $$&'");
  expect(queryText("SELECT 1", "x")).toBe("SELECT 1");
  expect([choosesDate("SELECT {date}"), choosesDate("SELECT {Date}"), choosesDate(undefined)]).toEqual([
    ...[true, false, false],
  ]);
});

test("one semicolon at the end goes, and others stay for whoever judges them", () => {
  expect(queryText("\n SELECT 1 ;\n", "x")).toBe("SELECT 1 ");
  expect(queryText("SELECT 1; SELECT 2;", "x")).toBe("SELECT 1; SELECT 2");
  expect(queryText("SELECT ';'", "x")).toBe("SELECT ';'");
});

test("{date} in quotes is refused by the name of its key", () => {
  for (const query of ["SELECT '{date}'", "SELECT ' {date} '", "SELECT 1 WHERE d = '\n{date}'"]) {
    expect(() => queryText(query, "x", "source.ready")).toThrow("source.ready: {date} stands in quotes");
  }
});
