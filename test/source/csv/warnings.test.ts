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
  // A word that usually means nothing is said whatever the share, and NaN is none of the dates.
  [
    ["1", "null", "None", "null"],
    [
      `x is read as text, although 25.0 % of its values are numbers or dates (not "null" in line 3, "None" in line 4): source: { csv: { nulls: ["null", "None"] } } or ${says}`,
    ],
  ],
  [
    ["2024-01-05", "NaN"],
    [
      `x is read as text, although 50.0 % of its values are numbers or dates (not "NaN" in line 3): source: { csv: { nulls: ["NaN"] } } or ${says}`,
    ],
  ],
  [
    ["$5.00", "$1,200.50", "7"],
    [
      `x is read as text: its numbers have something around them ("$5.00" in line 2, "$1,200.50" in line 3): source.query can make numbers of them, or ${says}`,
    ],
  ],
  [
    ["05 Jan 2024", "17 Feb 2023"],
    [
      `x is read as text, although it may be dates ("05 Jan 2024" in line 2, "17 Feb 2023" in line 3): source: { csv: { date_format: "%d %b %Y" } } or ${says}`,
    ],
  ],
  [
    ["2024-01-05", "0044-03-15 BC", "2024-02-30"],
    [
      `x is read as text: some dates can't be read ("0044-03-15 BC" in line 3, "2024-02-30" in line 4): source.query can mend them, or ${says}`,
    ],
  ],
  [
    ["2024-01-05", "0000-00-00"],
    [
      `x is read as text, although 50.0 % of its values are numbers or dates (not "0000-00-00" in line 3): source: { csv: { nulls: ["0000-00-00"] } } or ${says}`,
    ],
  ],
  // Less than four fifths, codes that begin with zeros, and what was said are no surprise.
  [["1", "2", "3", "soon"], []],
  [["gold", "null"], []],
  [["Yes", "No", "unknown"], []],
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
