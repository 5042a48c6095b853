import fc from "fast-check";
import { expect, test } from "vitest";
import { dueNight } from "../../src/lib/watchdog/due-night.ts";
import { addDays } from "../../src/lib/workspace/night.ts";
import { momentOf } from "../../src/lib/workspace/timezone.ts";

const BERLIN = "Europe/Berlin";
const dateAt = (at: string, by: string, date: string, time: string, zone = BERLIN) =>
  dueNight(at, by, zone, momentOf(zone, date, time)).date;

test("until the deadline it is the night of the day before, and from then on that of the day", () => {
  expect(dateAt("06:00", "09:00", "2026-11-23", "08:59")).toBe("2026-11-22");
  expect(dateAt("06:00", "09:00", "2026-11-23", "09:00")).toBe("2026-11-23");
  expect(dateAt("06:00", "09:00", "2026-11-23", "23:59")).toBe("2026-11-23");
});

test("a night that begins in the evening is due on the next morning", () => {
  expect(dateAt("22:00", "09:00", "2026-11-23", "08:59")).toBe("2026-11-21");
  expect(dateAt("22:00", "09:00", "2026-11-23", "09:00")).toBe("2026-11-22");
  expect(dateAt("06:00", "06:00", "2026-11-23", "06:00"), "one has a day").toBe("2026-11-22");
});

test("the deadline is by the workspace's clocks, also where they change", () => {
  // 07:00 UTC in summer, 08:00 in winter.
  expect(dueNight("06:00", "09:00", BERLIN, new Date("2026-03-29T07:00:00Z")).date).toBe("2026-03-29");
  expect(dueNight("06:00", "09:00", BERLIN, new Date("2026-03-28T07:59:00Z")).date).toBe("2026-03-27");
  expect(dueNight("06:00", "09:00", BERLIN, new Date("2026-10-25T07:59:00Z")).date).toBe("2026-10-24");
  // Left out on that day: it is over as soon as the clocks have jumped.
  expect(dueNight("01:00", "02:30", BERLIN, new Date("2026-03-29T01:30:00Z"))).toEqual({
    date: "2026-03-29",
    deadline: new Date("2026-03-29T01:30:00Z"),
  });
});

test("there is always one, whose deadline is over, and the next one's is not", () => {
  const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const time = minute.map(
    (at) => `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`,
  );
  const zone = fc.constantFrom("UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati");
  const now = fc.date({ noInvalidDate: true, min: new Date("2026-01-01"), max: new Date("2027-01-01") });
  fc.assert(
    fc.property(time, time, zone, now, (at, by, timezone, moment) => {
      const { date, deadline } = dueNight(at, by, timezone, moment);
      expect(deadline.getTime()).toBeLessThanOrEqual(moment.getTime());
      const day = by > at ? date : addDays(date, 1);
      expect(momentOf(timezone, day, by)).toEqual(deadline);
      expect(momentOf(timezone, addDays(day, 1), by).getTime()).toBeGreaterThan(moment.getTime());
    }),
    { numRuns: 300 },
  );
});
