import { afterEach, expect, test } from "vitest";
import { isTimezone, machineTimezone } from "../src/lib/timezone.ts";

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

test("whatever TZ says, the machine's time zone is one that configuration takes", () => {
  for (const tz of ["", ":/etc/localtime", "Nonsense/Zone", "EST5EDT", "Asia/Kolkata"]) {
    process.env.TZ = tz;
    expect([tz, isTimezone(machineTimezone())]).toEqual([tz, true]);
  }
});
