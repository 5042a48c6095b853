import { expect, test } from "vitest";
import {
  looksLikeDate,
  looksLikeNull,
  looksLikeNumber,
  namedMonthFormat,
} from "../../../src/lib/source/csv/lookalikes.ts";

test("what usually stands for a value that isn't there is known in any case", () => {
  for (const text of [
    "null",
    "None",
    "nan",
    "n/a",
    "#N/A",
    "<NA>",
    "NaT",
    "(null)",
    "0000-00-00",
    "-",
    "--",
    "?",
    ".",
    "unknown",
  ])
    expect([text, looksLikeNull(text)]).toEqual([text, true]);
  for (const text of ["gold", "no", "0", "nothing", "a-b", "...", ""])
    expect([text, looksLikeNull(text)]).toEqual([text, false]);
});

test("numbers are known whatever stands around them and between their thousands", () => {
  const numbers = [
    "5%",
    "7 %",
    "$5.00",
    "$1,200.50",
    "-€ 5",
    "€-5",
    "5,00 €",
    "EUR 12",
    "12 CHF",
    "(3.00)",
    "+5",
    "5-",
  ];
  const grouped = ["1 234", "1\u00a0234,50", "1\u202f234", "1'234.50", "1’234", "1,23,456", "12,34,567.5"];
  for (const text of [...numbers, ...grouped]) expect([text, looksLikeNumber(text)]).toEqual([text, true]);
  for (const text of ["ABC123", "18-25", "+4930123456", "12 Main St", "10:30", "v1.2", "%", "", "1 23", "5 % of 3"])
    expect([text, looksLikeNumber(text)]).toEqual([text, false]);
});

test("dates are known whatever stands behind them", () => {
  for (const text of [
    "0044-03-15 BC",
    "2024-02-30",
    "5/1/2024x",
    "2024-01-05T10:00Z",
    "20240105T100000Z",
    "12.13.2024 24:00",
  ])
    expect([text, looksLikeDate(text)]).toEqual([text, true]);
  for (const text of ["2024-01", "2024", "1.2.3", "10.0.0.20240", "12024-02-20", "555-12-1234", "20240105"])
    expect([text, looksLikeDate(text)]).toEqual([text, false]);
});

test.for<[texts: readonly string[], format: string | undefined]>([
  [["05 Jan 2024", "17 Feb 2023"], "%d %b %Y"],
  [["05-Jan-24"], "%d-%b-%y"],
  [["05MAR2024"], "%d%b%Y"],
  [["5 May 2024", "17 January 2023"], "%d %B %Y"],
  [["5 May 2024"], "%d %b %Y"],
  [["Jan 5, 2024", "Dec 17, 2023"], "%b %d, %Y"],
  [["January 5 2024"], "%B %d %Y"],
  [["05 Jan 2024 09:30:00"], "%d %b %Y %H:%M:%S"],
  [["Jan 5, 2024 3:45 PM"], "%b %d, %Y %I:%M %p"],
  [["05 Jan 2024", "17 February 2023"], undefined],
  [["05 Jänner 2024"], undefined],
  [["31 Feb 2024"], undefined],
  [["10 Box 2024"], undefined],
  [["gold"], undefined],
  [[], undefined],
])("of dates with months by name such as %j the form is %s", ([texts, format]) => {
  expect(namedMonthFormat(texts)).toBe(format);
});
