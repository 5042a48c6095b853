import { expect, test } from "vitest";
import { csvSettings } from "../../../src/lib/source/csv/settings.ts";

test("nothing has to be said", () => {
  expect(csvSettings.parse({})).toEqual({
    nulls: [],
    header: true,
    skip: 0,
    bad_lines: "fail",
    last_line_end: "required",
  });
});

test("everything can be said", () => {
  const all = {
    delimiter: "\t",
    quote: "'",
    escape: "\\",
    decimal: ",",
    nulls: ["-", "n/a"],
    date_format: "%d/%m/%Y",
    encoding: "ISO-8859-1",
    header: false,
    skip: 3,
    comment: "#",
    bad_lines: "leave_out",
    last_line_end: "optional",
  };
  expect(csvSettings.parse(all)).toEqual(all);
  expect(csvSettings.parse({ quote: "" }).quote).toBe("");
});

test.each([
  { delimiter: ";;" },
  { delimiter: "" },
  { delimiter: "a" },
  { delimiter: "\n" },
  { delimiter: "¦" },
  { quote: "ab" },
  { decimal: ";" },
  { nulls: [" "] },
  { nulls: "NA" },
  { date_format: "dd.mm.yyyy" },
  { encoding: "klingon" },
  { encoding: "constructor" },
  { header: "yes" },
  { skip: -1 },
  { skip: 1.5 },
  { comment: "//" },
  { bad_lines: "skip" },
  { last_line_end: "never" },
  { delimiter: "#", comment: "#" },
  { delimiter: "'", quote: "'" },
  { sep: ";" },
])("%j is refused", (settings) => {
  expect(csvSettings.safeParse(settings).success).toBe(false);
});
