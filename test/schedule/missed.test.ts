import fc from "fast-check";
import { expect, test } from "vitest";
import { GRACE_MS, missedDays } from "../../src/lib/schedule/missed.ts";
import { dueOn } from "../../src/lib/schedule/next-run.ts";
import { addDays } from "../../src/lib/workspace/night.ts";

const daily = { at: "06:00", zone: "Europe/Berlin", by: "cron" } as const;
const begunOn = (...dates: readonly string[]) => {
  const begun = new Set(dates);
  return (date: string) => begun.has(date);
};

test("days without a night, up to the one that is due now and for a quarter of an hour", () => {
  const days = { since: "2026-11-18", until: "2026-11-23" };
  const begun = begunOn("2026-11-18", "2026-11-21");
  const at = (now: string) => missedDays(daily, days, { begun, now: new Date(now) });
  expect(at("2026-11-23T05:14:59Z")).toEqual(["2026-11-19", "2026-11-20", "2026-11-22"]);
  expect(at("2026-11-23T05:15:00Z")).toEqual(["2026-11-19", "2026-11-20", "2026-11-22", "2026-11-23"]);
  expect(at("2026-11-20T12:00:00Z")).toEqual(["2026-11-19", "2026-11-20"]);
});

test("a day that leaves the time out is missed where cron makes up for it, and not where a timer doesn't", () => {
  const days = { since: "2027-03-27", until: "2027-03-29" };
  const known = { begun: begunOn(), now: new Date("2027-04-01T00:00:00Z") };
  const at = { at: "02:30", zone: "Europe/Berlin" };
  expect(missedDays({ ...at, by: "cron" }, days, known)).toEqual(["2027-03-27", "2027-03-28", "2027-03-29"]);
  expect(missedDays({ ...at, by: "timer" }, days, known)).toEqual(["2027-03-27", "2027-03-29"]);
});

test("each day is begun, missed, or not due yet", () => {
  const since = "2026-10-20";
  const hours = fc.integer({ min: 0, max: 24 * 14 });
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), hours, (wasBegun, hour) => {
      const days = wasBegun.map((_, index) => addDays(since, index));
      const begun = begunOn(...days.filter((_, index) => wasBegun[index]));
      const now = new Date(Date.parse(`${since}T00:00:00Z`) + hour * 3_600_000);
      const missed = missedDays(daily, { since, until: days.at(-1) ?? since }, { begun, now });
      const isDue = (day: string) => (dueOn(daily, day) ?? now).getTime() <= now.getTime() - GRACE_MS;
      expect(missed).toEqual(days.filter((day) => !begun(day) && isDue(day)));
    }),
  );
});
