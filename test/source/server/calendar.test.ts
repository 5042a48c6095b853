import { expect, test } from "vitest";
import { dayAfter } from "../../../src/lib/source/server/calendar.ts";

test.each([
  ["2026-11-23", "2026-11-24"],
  ["2026-02-28", "2026-03-01"],
  ["2024-02-28", "2024-02-29"],
  ["1900-02-28", "1900-03-01"],
  ["2026-12-31", "2027-01-01"],
  // Days that have 23 and 25 hours in Berlin.
  ["2026-03-29", "2026-03-30"],
  ["2026-10-25", "2026-10-26"],
  ["0001-01-01", "0001-01-02"],
])("behind %s comes %s", (date, next) => {
  expect(dayAfter(date)).toBe(next);
});
