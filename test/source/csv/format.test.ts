import { expect, test } from "vitest";
import {
  type CsvFormat,
  carriedOn,
  type FileGuess,
  formatChanges,
  NO_FORMAT,
} from "../../../src/lib/source/csv/format.ts";

const format = (known: Partial<CsvFormat>): CsvFormat => ({ ...NO_FORMAT, ...known });
const nothing = () => false;
/** One file that says so. */
const one = ({ encoding, delimiter, escape: sure }: CsvFormat): FileGuess[] => [
  { name: "a.csv", ...(encoding && { encoding }), ...(delimiter && { delimiter }), ...(sure && { escape: sure }) },
];

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
  expect(formatChanges(before, now, one(now), nothing)).toEqual([
    { what: "encoding", before: "utf-8", now: "latin-1" },
    { what: "decimal of a", before: ",", now: "." },
  ]);
  expect(formatChanges(NO_FORMAT, now, one(now), nothing)).toEqual([]);
  expect(formatChanges(before, NO_FORMAT, one(NO_FORMAT), nothing)).toEqual([]);
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
  for (const key of keys) expect(formatChanges(before, now, one(now), (set) => set === key)).toHaveLength(4);
  expect(formatChanges(before, now, one(now), () => true)).toEqual([]);
});

test("a column is no other one's, whatever it is called", () => {
  const now = format({ date_formats: { constructor: "%d/%m/%Y" } });
  expect(formatChanges(NO_FORMAT, now, one(now), nothing)).toEqual([]);
});

test("what a night doesn't show is carried on, what it shows stands", () => {
  const before = format({
    encoding: "utf-8",
    delimiter: ";",
    decimals: { a: ",", b: "." },
    date_formats: { d: "%d/%m/%Y" },
  });
  const now = format({ delimiter: ",", decimals: { a: "." } });
  expect(carriedOn(now, before, one(now))).toEqual(
    format({ encoding: "utf-8", delimiter: ",", decimals: { a: ".", b: "." }, date_formats: { d: "%d/%m/%Y" } }),
  );
});

test("a file among others that is written in another way is a change, named, and none is carried on", () => {
  const before = format({ encoding: "windows-1252", delimiter: ";" });
  const files: FileGuess[] = [
    { name: "mon.csv", encoding: "windows-1252", delimiter: ";" },
    { name: "tue.csv", encoding: "utf-8", delimiter: "|" },
    { name: "wed.csv", delimiter: "|" },
  ];
  expect(formatChanges(before, NO_FORMAT, files, nothing)).toEqual([
    { what: "encoding of tue.csv", before: "windows-1252", now: "utf-8" },
    { what: "delimiter of tue.csv and 1 more", before: ";", now: "|" },
  ]);
  expect(formatChanges(before, NO_FORMAT, files.slice(1), nothing)).toEqual([
    { what: "encoding", before: "windows-1252", now: "utf-8" },
    { what: "delimiter", before: ";", now: "|" },
  ]);
  expect(carriedOn(NO_FORMAT, before, files)).toEqual(NO_FORMAT);
  expect(formatChanges(NO_FORMAT, NO_FORMAT, files, nothing)).toEqual([]);
});
