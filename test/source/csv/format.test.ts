import { expect, test } from "vitest";
import { type CsvFormat, carriedOn, formatChanges, NO_FORMAT } from "../../../src/lib/source/csv/format.ts";

const format = (known: Partial<CsvFormat>): CsvFormat => ({ ...NO_FORMAT, ...known });
const nothing = () => false;

test("only what both nights know can be a change", () => {
  const before = format({
    encoding: "utf-8",
    delimiter: ";",
    decimals: { a: ",", b: "." },
    date_formats: { d: "%d/%m/%Y" },
  });
  const now = format({
    encoding: "latin-1",
    escape: '"',
    decimals: { a: ".", c: "." },
    date_formats: { d: "%d/%m/%Y" },
  });
  expect(formatChanges(before, now, nothing)).toEqual([
    { what: "encoding", before: "utf-8", now: "latin-1" },
    { what: "decimal of a", before: ",", now: "." },
  ]);
  expect(formatChanges(NO_FORMAT, now, nothing)).toEqual([]);
  expect(formatChanges(before, NO_FORMAT, nothing)).toEqual([]);
});

test("what source.csv says is no change", () => {
  const before = format({
    encoding: "utf-8",
    delimiter: ";",
    escape: "\\",
    decimals: { a: "," },
    date_formats: { d: "%d/%m/%Y" },
  });
  const now = format({
    encoding: "utf-16",
    delimiter: ",",
    escape: '"',
    decimals: { a: "." },
    date_formats: { d: "%m/%d/%Y" },
  });
  const keys = ["encoding", "delimiter", "escape", "decimal", "date_format"] as const;
  for (const key of keys) expect(formatChanges(before, now, (set) => set === key)).toHaveLength(4);
  expect(formatChanges(before, now, () => true)).toEqual([]);
});

test("a column is no other one's, whatever it is called", () => {
  const now = format({ date_formats: { constructor: "%d/%m/%Y" } });
  expect(formatChanges(NO_FORMAT, now, nothing)).toEqual([]);
});

test("what a night doesn't show is carried on, what it shows stands", () => {
  const before = format({
    encoding: "utf-8",
    delimiter: ";",
    decimals: { a: ",", b: "." },
    date_formats: { d: "%d/%m/%Y" },
  });
  const now = format({ delimiter: ",", decimals: { a: "." } });
  expect(carriedOn(now, before)).toEqual(
    format({ encoding: "utf-8", delimiter: ",", decimals: { a: ".", b: "." }, date_formats: { d: "%d/%m/%Y" } }),
  );
});
