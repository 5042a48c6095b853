import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cronTime, machineTimes } from "../../src/lib/schedule/machine-time.ts";
import { addDays } from "../../src/lib/workspace/night.ts";
import { momentsOf, wallClock } from "../../src/lib/workspace/timezone.ts";

const now = new Date("2026-11-28T12:00:00Z");
const times = (at: string, zone: string, machine: string) => [...machineTimes(at, zone, machine, now)];

describe("the machine's clock shows", () => {
  test("one time where both zones keep their distance, through summer time of both too", () => {
    expect(times("06:00", "Asia/Kolkata", "UTC")).toEqual([["00:30", "2026-11-28"]]);
    expect(times("06:00", "Europe/Berlin", "Europe/Paris")).toEqual([["06:00", "2026-11-28"]]);
    expect(times("06:00", "Europe/Berlin", "Europe/London")).toEqual([["05:00", "2026-11-28"]]);
    expect(times("06:00", "UTC", "Etc/UTC")).toEqual([["06:00", "2026-11-28"]]);
  });

  test("several where they don't, each from a date on", () => {
    expect(times("06:00", "Europe/Berlin", "UTC")).toEqual([
      ["05:00", "2026-11-28"],
      ["04:00", "2027-03-28"],
    ]);
    // A fortnight in spring, a week in autumn.
    expect(times("06:00", "Europe/Berlin", "America/New_York")).toEqual([
      ["00:00", "2026-11-28"],
      ["01:00", "2027-03-15"],
    ]);
  });

  test("what it shows on all other days, where the workspace's clocks leave the time out", () => {
    expect(times("02:30", "Europe/Berlin", "Europe/Paris")).toEqual([["02:30", "2026-11-28"]]);
  });
});

test("they are those of all days of a year, each by itself", () => {
  const zone = fc.constantFrom("Europe/Berlin", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "UTC");
  const minute = fc.integer({ min: 0, max: 1439 });
  fc.assert(
    fc.property(
      zone,
      fc.constantFrom("UTC", "Europe/London", "Pacific/Kiritimati"),
      minute,
      (workspace, machine, of) => {
        const at = new Date(of * 60_000).toISOString().slice(11, 16);
        const expected = new Map<string, string>();
        for (let day = wallClock(workspace, now).date; day < "2028-01-01"; day = addDays(day, 1)) {
          const [moment] = momentsOf(workspace, day, at);
          const time = moment && wallClock(machine, moment).time.slice(0, 5);
          if (time !== undefined && !expected.has(time)) expected.set(time, day);
        }
        expect(times(at, workspace, machine)).toEqual([...expected]);
      },
    ),
    { numRuns: 20 },
  );
});

describe("a crontab line", () => {
  test("says the machine's time where that is right on every day", () => {
    expect(cronTime("06:00", "Asia/Kolkata", "UTC", now)).toBe("00:30");
    expect(cronTime("06:00", "Europe/Berlin", "Europe/Berlin", now)).toBe("06:00");
    expect(cronTime("06:00", "Europe/Berlin", undefined, now)).toBe("06:00");
  });

  test("isn't made where there is no such time", () => {
    expect(() => cronTime("06:00", "Europe/Berlin", "UTC", now)).toThrow(
      "cron goes by this machine's clock (UTC), where 06:00 in Europe/Berlin is 05:00, and from 2027-03-28 on 04:00",
    );
  });
});
