import { existsSync } from "node:fs";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect } from "vitest";
import {
  clockTimezone,
  inWallClock,
  isSameTimezone,
  isTimezone,
  machineTimezone,
  momentOf,
  momentsOf,
  nextClockChange,
  saidTimezone,
  spelledTimezone,
  wallClock,
} from "../../src/lib/workspace/timezone.ts";
import { test } from "../support/folder.ts";

const { TZ } = process.env;
afterEach(() => {
  if (TZ === undefined) delete process.env.TZ;
  else process.env.TZ = TZ;
});

test("a time zone is an IANA name, also one that the runtime lists under an older spelling", () => {
  for (const zone of ["Europe/Berlin", "Asia/Kolkata", "Asia/Calcutta", "Europe/Kyiv", "UTC", "Etc/UTC"]) {
    expect(isTimezone(zone), zone).toBe(true);
  }
  for (const zone of ["Berlin", "CEST", "+01:00", "", "Etc/Unknown", "Europe/Berlin "]) {
    expect(isTimezone(zone), zone).toBe(false);
  }
});

test("the machine's time zone is the one of TZ", () => {
  process.env.TZ = "America/New_York";
  expect(machineTimezone()).toBe("America/New_York");
});

test("a machine that names no zone is told from one that is in UTC", () => {
  process.env.TZ = "UTC";
  expect(saidTimezone()).toBe("UTC");
  process.env.TZ = "Europe/Berlin";
  expect(saidTimezone()).toBe("Europe/Berlin");
  // Then it is the link of /etc/localtime that says it, where there is one.
  process.env.TZ = "Nonsense/Zone";
  expect(saidTimezone() ?? "UTC").toBe(machineTimezone());
});

test("the next change of a zone's clocks is known to the second, a zone's without summer time is none", () => {
  const after = (zone: string, moment: string) => nextClockChange(zone, new Date(moment))?.toISOString();
  expect(after("Europe/Berlin", "2026-11-23T05:00:00Z")).toBe("2027-03-28T01:00:00.000Z");
  expect(after("Europe/Berlin", "2027-03-28T00:59:59Z")).toBe("2027-03-28T01:00:00.000Z");
  expect(after("Europe/Berlin", "2027-03-28T01:00:00Z")).toBe("2027-10-31T01:00:00.000Z");
  expect(after("America/New_York", "2026-11-23T05:00:00Z")).toBe("2027-03-14T07:00:00.000Z");
  // By half an hour.
  expect(after("Australia/Lord_Howe", "2026-11-23T05:00:00Z")).toBe("2027-04-03T15:00:00.000Z");
  for (const zone of ["UTC", "Asia/Kolkata", "Asia/Tokyo"]) expect(after(zone, "2026-11-23T05:00:00Z")).toBeUndefined();
});

test("whatever TZ says, the machine's time zone is one that configuration takes", () => {
  for (const tz of ["", ":/etc/localtime", "Nonsense/Zone", "EST5EDT", "Asia/Kolkata"]) {
    process.env.TZ = tz;
    expect([tz, isTimezone(machineTimezone())]).toEqual([tz, true]);
  }
});

test("a zone's clocks show what Intl says they show, also around a change of the clocks, whatever TZ says", () => {
  process.env.TZ = "America/New_York";
  const zone = fc.constantFrom(
    ...["Europe/Berlin", "UTC", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Kiritimati"],
    ...["europe/berlin", "pacific/kiritimati", "etc/gmt-14", "utc", "CET", "JST", "EST", "Cuba", "W-SU"],
  );
  const berlinChange = Date.parse("2026-03-29T01:00:00Z");
  const moment = fc.oneof(
    fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2060, 0) }),
    fc.integer({ min: berlinChange - 7_200_000, max: berlinChange + 7_200_000 }),
  );
  fc.assert(
    fc.property(zone, moment, (timeZone, time) => {
      const date = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(time);
      const clock = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium" }).format(time);
      expect(wallClock(timeZone, new Date(time))).toEqual({ date, time: clock });
    }),
  );
});

test("a time of a date is the moment at which clocks show it", () => {
  const minutes = fc.integer({ min: 0, max: 1439 });
  const days = fc.integer({ min: 0, max: 20_000 });
  const zones = fc.constantFrom("Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC");
  fc.assert(
    fc.property(zones, days, minutes, (zone, day, minute) => {
      const date = new Date(day * 86_400_000).toISOString().slice(0, 10);
      const time = new Date(minute * 60_000).toISOString().slice(11, 16);
      const shown = wallClock(zone, momentOf(zone, date, time));
      const off = Math.abs(Date.parse(`${shown.date}T${shown.time}Z`) - Date.parse(`${date}T${time}:00Z`));
      // Where an hour, or Apia's day, is left out, nothing shows it.
      expect(off === 0 || isLeftOut(zone, date)).toBe(true);
    }),
  );
  expect(momentOf("Europe/Berlin", "2026-11-23", "09:00").toISOString()).toBe("2026-11-23T08:00:00.000Z");
  expect(momentOf("Europe/Berlin", "2026-07-23", "09:00").toISOString()).toBe("2026-07-23T07:00:00.000Z");
});

/** Whether clocks leave out an hour or more of that date. */
function isLeftOut(zone: string, date: string): boolean {
  const start = Date.parse(`${date}T00:00Z`);
  const offsets = [-36, -24, -12, 0, 12, 24, 36].map((hours) => {
    const moment = start + hours * 3_600_000;
    const shown = wallClock(zone, new Date(moment));
    return Date.parse(`${shown.date}T${shown.time}Z`) - moment;
  });
  return new Set(offsets).size > 1;
}

test.each([
  ["Europe/Berlin", "2027-03-28", "02:30", "2027-03-28T01:30:00.000Z"],
  ["America/New_York", "2027-03-14", "02:30", "2027-03-14T07:30:00.000Z"],
  ["Pacific/Auckland", "2027-09-26", "02:15", "2027-09-25T14:15:00.000Z"],
  // Half an hour is left out.
  ["Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45:00.000Z"],
])("in %s clocks never show %s %s: it is the moment after", (zone, date, time, moment) => {
  expect(momentOf(zone, date, time).toISOString()).toBe(moment);
});

test.for([
  ["2026-11-23", "02:30", ["2026-11-23T01:30:00.000Z"]],
  ["2027-03-28", "02:30", []],
  ["2027-10-31", "02:30", ["2027-10-31T00:30:00.000Z", "2027-10-31T01:30:00.000Z"]],
] as const)("in Europe/Berlin clocks show %s %s at %j", ([date, time, moments]) => {
  expect(momentsOf("Europe/Berlin", date, time).map((moment) => moment.toISOString())).toEqual(moments);
});

describe("the zone of the machine's clock", () => {
  test("is what /etc/localtime links to, whatever TZ says", async ({ folder }) => {
    process.env.TZ = "America/New_York";
    await symlink("/usr/share/zoneinfo/Europe/Berlin", join(folder, "localtime"));
    // The C library takes UTC where a link leads nowhere, there being no zones on the machine.
    expect(clockTimezone(folder)).toBe(existsSync(join(folder, "localtime")) ? "Europe/Berlin" : "UTC");
  });

  test("is the one that Debian keeps beside a copy", async ({ folder }) => {
    await writeFile(join(folder, "localtime"), "TZif2");
    expect(clockTimezone(folder)).toBeUndefined();
    await writeFile(join(folder, "timezone"), "Asia/Kolkata\n");
    expect(clockTimezone(folder)).toBe("Asia/Kolkata");
    for (const name of ["Etc/UTC", "Zulu", "UTC"]) {
      await writeFile(join(folder, "timezone"), `${name}\n`);
      expect(clockTimezone(folder), name).toBe("UTC");
    }
    await writeFile(join(folder, "timezone"), "nonsense\n");
    expect(clockTimezone(folder)).toBeUndefined();
  });

  test("is UTC where nothing says it", ({ folder }) => {
    expect(clockTimezone(folder)).toBe("UTC");
  });
});

test("two names may be of one zone", () => {
  for (const [one, other] of [
    ["UTC", "Etc/UTC"],
    ["europe/berlin", "Europe/Berlin"],
  ] as const)
    expect(isSameTimezone(one, other), one).toBe(true);
  expect(isSameTimezone("UTC", "Europe/London")).toBe(false);
});

test("the moments in a text are shown by the clocks of a zone, and nothing else is changed", () => {
  const text = "run-all of 2026-11-23, process 12, since 2026-11-23T23:30:00.123Z, and 2026-06-01T00:00:00Z";
  expect(inWallClock(text, "Europe/Berlin")).toBe(
    "run-all of 2026-11-23, process 12, since 2026-11-24 00:30:00, and 2026-06-01 02:00:00",
  );
  expect(inWallClock("since then", "UTC")).toBe("since then");
});

test("a zone is spelled as the system's files are, and one that was renamed as it was written", () => {
  const spelled = ["europe/berlin", "EUROPE/BERLIN", "utc", "Asia/Kolkata", "US/Pacific", "Etc/UTC"].map(
    spelledTimezone,
  );
  expect(spelled).toEqual(["Europe/Berlin", "Europe/Berlin", "UTC", "Asia/Kolkata", "US/Pacific", "Etc/UTC"]);
});
