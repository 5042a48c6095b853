import fc from "fast-check";
import { expect, test } from "vitest";
import { columnNames, numberedNames } from "../../../src/lib/source/csv/header.ts";

test("names lose their spaces, an empty one has its place, a second one its number", () => {
  expect(columnNames([" id ", "", "a", "A", "a", "a_1", "  "])).toEqual({
    names: ["id", "Unnamed: 1", "a", "A_1", "a_2", "a_1_1", "Unnamed: 6"],
    twice: ["A", "a", "a_1"],
  });
  expect(numberedNames(3)).toEqual(["column0", "column1", "column2"]);
});

test("no two columns have one name, in any case", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "A", "a_1", "", "Unnamed: 1", " a "), { maxLength: 12 }), (fields) => {
      const { names } = columnNames(fields);
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(fields.length);
    }),
  );
});
