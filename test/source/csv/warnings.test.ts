import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type CsvAsked, readColumn, readCsv } from "../../support/csv-source.ts";
import { test } from "../../support/source-folder.ts";

const nine = Array.from({ length: 9 }, (_, index) => String(index + 1));
const says = "dataset: { types: { x: … } } says how it is meant";

test.for<[values: readonly string[], warnings: readonly string[], CsvAsked?]>([
  [["1", "NA", "N/A"], []],
  [["gold", "NA"], []],
  [["1", ""], []],
  [
    [...nine, "n/a"],
    [
      `x is read as text, although 90.0 % of its values are numbers or dates (not "n/a" in line 11): source: { csv: { nulls: ["n/a"] } } or ${says}`,
    ],
  ],
  [
    [...nine.map((day) => `2024-01-0${day}`), "soon", "soon", "-"].slice(0, 11),
    [
      `x is read as text, although 81.8 % of its values are numbers or dates (not "soon" in line 11): source: { csv: { nulls: ["soon"] } } or ${says}`,
    ],
  ],
  [
    ["1,5", "1.5"],
    [
      `x is read as text, although 100.0 % of its values are numbers or dates (they are written in several ways): ${says}`,
    ],
  ],
  // Less than four fifths, codes that begin with zeros, and what was said are no surprise.
  [["1", "2", "3", "n/a"], []],
  [["00123", ...nine], []],
  [[...nine, "n/a"], [], { dataset: { types: { x: "numeric" } } }],
  [[...nine, "n/a"], [], { text: ["id", "x"] }],
  [[...nine, "n/a"], [], { dataset: { exclude: ["x"] } }],
])("of %j people hear %j", async ([values, warnings, asked], { root }) => {
  expect((await readColumn(root, values, asked)).warnings).toEqual(warnings);
});

test("names that stand in the header twice are told, and lines that are left out", async ({ root }) => {
  await writeFile(join(root, "c.csv"), 'id,a,a,\n1,2,3,4\n5\n6,7,8,9,10\n11,"a"b,c,d\n1,2,3,4\nid,a,a,\n');
  expect(await readCsv(root, { csv: { bad_lines: "leave_out" } })).toMatchObject({
    types: { id: "VARCHAR", a: "BIGINT", a_1: "BIGINT", "Unnamed: 3": "BIGINT" },
    lines: { rows: 2, header: 1, bad: 4 },
    left_out: {
      lines: 4,
      first: [
        { file: "c.csv", line: 3, reason: "1 field instead of 4" },
        { file: "c.csv", line: 4, reason: "5 fields instead of 4" },
        { file: "c.csv", line: 5, reason: "column 7: text behind a closing quote" },
        { file: "c.csv", line: 7, reason: "the header once more" },
      ],
    },
    warnings: [
      "c.csv: 4 lines are left out: line 3: 1 field instead of 4; line 4: 5 fields instead of 4; line 5, column 7: text behind a closing quote, …",
      "c.csv has the column a twice: the later one has a number behind its name",
    ],
  });
});
