import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDays,
  compareNights,
  daysFrom,
  nightOf,
  parseDate,
  parseNight,
  today,
} from "../../src/lib/workspace/night.ts";

describe("a night's name", () => {
  test("is a date, or a date and the number of a later decision", () => {
    expect(parseNight("2026-11-23")).toEqual({ name: "2026-11-23", date: "2026-11-23", decision: 1 });
    expect(parseNight("2026-11-23.12")).toEqual({ name: "2026-11-23.12", date: "2026-11-23", decision: 12 });
    expect(nightOf("2026-11-23", 2).name).toBe("2026-11-23.2");
  });

  test.each([
    "2026-11-23.1",
    "2026-11-23.0",
    "2026-11-31",
    "2026-13-01",
    "today",
    "attempts",
    "2026-11-23.2.3",
    "2026-11-20.99999999999999999999",
  ])("%s is none", (name) => {
    expect(parseNight(name)).toBeUndefined();
  });

  test("says its number to the last digit, or nothing", () => {
    const number = fc.oneof(
      fc.bigInt(2n, 20n),
      fc.bigInt(2n, 1n << 70n),
      fc.bigInt((1n << 53n) - 9n, (1n << 53n) + 9n),
    );
    fc.assert(
      fc.property(number, (decision) => {
        const night = parseNight(`2026-11-23.${decision}`);
        if (decision > BigInt(Number.MAX_SAFE_INTEGER)) expect(night).toBeUndefined();
        else expect(nightOf("2026-11-23", night?.decision ?? 0).name).toBe(`2026-11-23.${decision}`);
      }),
    );
  });

  test("nights are ordered by date, then by decision as a number", () => {
    const nights = ["2026-11-23.10", "2026-11-24", "2026-11-23", "2026-11-23.2"].map((name) => parseNight(name));
    const sorted = nights.filter((night) => night !== undefined).sort(compareNights);
    expect(sorted.map(({ name }) => name)).toEqual(["2026-11-23", "2026-11-23.2", "2026-11-23.10", "2026-11-24"]);
  });
});

describe("a date as a person names it", () => {
  const newYork = "America/New_York";
  const eveningInNewYork = new Date("2026-11-24T02:30:00Z");

  test("today and yesterday are those of the configured time zone", () => {
    expect(parseDate("today", newYork, eveningInNewYork)).toBe("2026-11-23");
    expect(parseDate("yesterday", newYork, eveningInNewYork)).toBe("2026-11-22");
    expect(today("Asia/Tokyo", eveningInNewYork)).toBe("2026-11-24");
  });

  test("yesterday is the day before also where a day has 23 hours", () => {
    expect(parseDate("yesterday", "Europe/Berlin", new Date("2026-03-30T00:30:00+02:00"))).toBe("2026-03-29");
    expect(addDays("2028-03-01", -1)).toBe("2028-02-29");
  });

  test("from one date to another are counted by the calendar", () => {
    expect(daysFrom("2026-03-28", "2026-03-30")).toBe(2);
    expect(daysFrom("2026-11-23", addDays("2026-11-23", -400))).toBe(-400);
  });

  test.each(["2026-02-30", "23.11.2026", "2026-1-5", "tomorrow", ""])("%j is refused", (text) => {
    expect(() => parseDate(text, "UTC", new Date())).toThrow(
      expect.objectContaining({ exitCode: 2, message: `${JSON.stringify(text)} is not a date` }),
    );
  });
});
