import { expect, test } from "vitest";
import { datePattern, isDateFormat } from "../../../src/lib/source/csv/date-pattern.ts";

test.each([
  "%d/%m/%Y",
  "%m/%d/%Y",
  "%Y%m%d",
  "%d %b %Y",
  "%B %d, %Y",
  "%y.%m.%d",
  "%d/%m/%Y %H:%M:%S",
  "%m/%d/%Y %I:%M %p",
])("%s is a form of dates", (format) => {
  expect(isDateFormat(format)).toBe(true);
});

test.each([
  "",
  "%d/%m",
  "%Y-%m",
  "dd/mm/yyyy",
  "%d/%m/%Y %q",
  "%d/%d/%Y",
  "%Y-%j",
  "%d/%m/%Y%",
  "%d/%m/%Y %I:%M",
  "%d %m %b %Y",
  "%H:%M",
])("%s is none", (format) => {
  expect(isDateFormat(format)).toBe(false);
});

test.each([
  [
    "%d %b %Y",
    ["5 Jan 2024", " 05 FEB 1999 "],
    ["5 January 2024", "5 Jan 24", "30 Feb 2024", "5  Jan 2024", "5 Jan 2024 x"],
  ],
  ["%B %d, %Y", ["January 5, 2024", "may 31, 2024"], ["Jan 5, 2024", "June 31, 2024"]],
  ["%Y%m%d", ["20240105"], ["20241305", "2024010", "202401055"]],
  ["%y/%m/%d", ["24/01/05", "99/12/31"], ["2024/01/05", "24/13/05"]],
  [
    "%d.%m.%Y %H:%M:%S.%f",
    ["5.1.2024 9:05:07.25"],
    ["5.1.2024 24:05:07.25", "5.1.2024 9:60:07.25", "5x1.2024 9:05:07.25"],
  ],
  [
    "%m/%d/%Y %I:%M %p",
    ["12/25/2024 12:00 AM", "1/2/2024 3:45 pm"],
    ["12/25/2024 13:00 PM", "12/25/2024 0:00 AM", "12/25/2024 3:45"],
  ],
])("%s knows its dates", (format, dates, others) => {
  const isDate = datePattern(format);
  expect(dates.filter((text) => !isDate(text))).toEqual([]);
  expect(others.filter(isDate)).toEqual([]);
});
