import fc from "fast-check";
import { expect, test } from "vitest";
import { nextRun } from "../../src/lib/schedule/next-run.ts";
import { addDays } from "../../src/lib/workspace/night.ts";
import { momentsOf, wallClock } from "../../src/lib/workspace/timezone.ts";

const berlin = (at: string, by: "cron" | "timer" = "cron") => ({ at, zone: "Europe/Berlin", by });

test.each([
  ["later today", "06:00", "2026-11-24T04:59:59Z", "2026-11-24T05:00:00Z"],
  ["tomorrow, once it has begun", "06:00", "2026-11-24T05:00:00Z", "2026-11-25T05:00:00Z"],
  ["an hour earlier by UTC in summer", "06:00", "2027-03-27T12:00:00Z", "2027-03-28T04:00:00Z"],
  ["just after midnight", "00:00", "2026-11-24T22:59:59Z", "2026-11-24T23:00:00Z"],
] as const)("it begins %s", (_, at, now, next) => {
  for (const by of ["cron", "timer"] as const) expect(nextRun(berlin(at, by), new Date(now))).toEqual(new Date(next));
});

// What the daemon did under a fake clock, and systemd-analyze calendar says, for the two changes of a year.
test("a time that clocks leave out: cron starts it when they have jumped, a timer leaves out the day", () => {
  const before = new Date("2027-03-27T12:00:00Z");
  expect(nextRun(berlin("02:30"), before)).toEqual(new Date("2027-03-28T01:00:00Z"));
  expect(nextRun(berlin("02:00"), before)).toEqual(new Date("2027-03-28T01:00:00Z"));
  expect(nextRun(berlin("02:30", "timer"), before)).toEqual(new Date("2027-03-29T00:30:00Z"));
  expect(nextRun(berlin("02:30"), new Date("2027-03-28T01:00:00Z"))).toEqual(new Date("2027-03-29T00:30:00Z"));
});

test("a time that clocks show twice is the first of the two, once", () => {
  for (const by of ["cron", "timer"] as const) {
    expect(nextRun(berlin("02:30", by), new Date("2027-10-30T12:00:00Z"))).toEqual(new Date("2027-10-31T00:30:00Z"));
    expect(nextRun(berlin("02:30", by), new Date("2027-10-31T00:30:00Z"))).toEqual(new Date("2027-11-01T01:30:00Z"));
  }
});

test("half an hour that is left out, and a whole day, which cron takes for a clock that was set", () => {
  const lordHowe = { at: "02:15", zone: "Australia/Lord_Howe", by: "cron" } as const;
  expect(nextRun(lordHowe, new Date("2026-10-03T00:00:00Z"))).toEqual(new Date("2026-10-03T15:30:00Z"));
  const apia = { at: "06:00", zone: "Pacific/Apia", by: "cron" } as const;
  expect(nextRun(apia, new Date("2011-12-29T17:00:00Z"))).toEqual(new Date("2011-12-30T16:00:00Z"));
});

test("it is the first moment after now at which the zone's clocks show the time, or have jumped over it", () => {
  const zones = fc.constantFrom("Europe/Berlin", "America/St_Johns", "Africa/Cairo", "Australia/Lord_Howe", "UTC");
  const minutes = fc.integer({ min: 0, max: 1439 });
  const seconds = fc.integer({ min: Date.UTC(2015, 0) / 1000, max: Date.UTC(2035, 0) / 1000 });
  const by = fc.constantFrom("cron", "timer");
  fc.assert(
    fc.property(zones, minutes, seconds, by, (zone, minute, second, scheduler) => {
      const at = new Date(minute * 60_000).toISOString().slice(11, 16);
      const now = new Date(second * 1000);
      const next = nextRun({ at, zone, by: scheduler }, now);
      expect(next > now).toBe(true);
      const shown = wallClock(zone, next);
      if (shown.time !== `${at}:00`) {
        expect(scheduler).toBe("cron");
        expect(momentsOf(zone, shown.date, at)).toEqual([]);
        // A moment before, the clocks had not come there.
        expect(wallClock(zone, new Date(next.getTime() - 1000)).time < at).toBe(true);
      }
      // No earlier day has one.
      const today = wallClock(zone, now).date;
      for (let day = today; day < shown.date; day = addDays(day, 1))
        expect(momentsOf(zone, day, at).filter((moment) => moment > now && moment < next)).toEqual([]);
    }),
  );
});
