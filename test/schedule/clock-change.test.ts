import { expect, test } from "vitest";
import { clockChangeAt } from "../../src/lib/schedule/clock-change.ts";

const now = new Date("2026-11-28T12:00:00Z");
const advice = '; another time is safer: schedule: { at: "06:00" }';

test.each([
  ["02:30", "Europe/Berlin", "is left out on 2027-03-28 and comes twice on 2027-10-31"],
  ["01:30", "America/New_York", "comes twice on 2027-11-07"],
  ["01:59", "Europe/London", "is left out on 2027-03-28 and comes twice on 2027-10-31"],
  // Not all clocks change between one and three.
  ["00:30", "Atlantic/Azores", "is left out on 2027-03-28 and comes twice on 2027-10-31"],
  ["23:30", "Africa/Cairo", "comes twice on 2027-10-28"],
  ["00:10", "America/Santiago", "is left out on 2027-09-05"],
  ["02:15", "Australia/Lord_Howe", "is left out on 2027-10-03"],
])("%s in %s %s", (at, zone, what) => {
  expect(clockChangeAt(at, zone, now)).toBe(`${at} ${what} in ${zone}, where clocks change${advice}`);
});

test("all of 01:00 to 03:00 is warned of where there is summer time", () => {
  expect(clockChangeAt("01:00", "Europe/Berlin", now)).toBe(
    `01:00 lies between 01:00 and 03:00, when most clocks change, those of Europe/Berlin on 2027-03-28${advice}`,
  );
  expect(clockChangeAt("02:59", "Europe/London", now)).toContain("those of Europe/London on 2027-03-28");
});

test.each([
  ["00:59", "Europe/Berlin"],
  ["03:00", "Europe/Berlin"],
  ["06:00", "America/Santiago"],
  ["02:30", "Asia/Kolkata"],
  ["02:30", "UTC"],
])("%s in %s comes once every day", (at, zone) => {
  expect(clockChangeAt(at, zone, now)).toBeUndefined();
});
