import { expect, test } from "vitest";
import { dayAfter, startOfDay } from "../../../src/lib/source/server/calendar.ts";

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

test.each([
  // Days of 23 and of 25 hours.
  ["Europe/Berlin", "2026-03-29", "2026-03-28 23:00:00"],
  ["Europe/Berlin", "2026-03-30", "2026-03-29 22:00:00"],
  ["Europe/Berlin", "2026-10-26", "2026-10-25 23:00:00"],
  ["UTC", "2026-10-25", "2026-10-25 00:00:00"],
  ["Asia/Kolkata", "2026-10-25", "2026-10-24 18:30:00"],
  // There is no midnight on that day.
  ["Asia/Beirut", "2026-03-29", "2026-03-28 22:00:00"],
  // It comes twice, and the day begins with the first one.
  ["Atlantic/Azores", "2026-10-25", "2026-10-25 00:00:00"],
  ["America/Havana", "2026-11-01", "2026-11-01 04:00:00"],
])("in %s %s begins at %s UTC", (timezone, date, moment) => {
  expect(startOfDay(timezone, date)).toBe(moment);
});
