import { expect, test } from "vitest";
import type { Installed } from "../../src/lib/schedule/installed.ts";
import { type NightStart, startsUnattended, unattendedStarts } from "../../src/lib/schedule/unattended.ts";

const nothing = { installed: [], strays: [] };
const installed = (by: Installed["by"]): Installed => ({
  ...{ by, at: "06:00", zone: "UTC", place: "", starts: undefined, words: [], isEnabled: true },
});
const start = (by: NightStart["by"], time = "2026-11-22T05:00:00Z", ...words: readonly string[]): NightStart => ({
  ...{ by, time: new Date(time), command: ["churn", "run-all", ...words] },
});

test("what is installed starts the nights, a timer by its own rules", () => {
  expect(startsUnattended({ ...nothing, installed: [installed("cron")] }, [], "UTC")).toBe("cron");
  expect(startsUnattended({ ...nothing, installed: [installed("cron"), installed("timer")] }, [], "UTC")).toBe("timer");
  expect(startsUnattended({ ...nothing, strays: ["0 6 * * * churn run-all"] }, [], "UTC")).toBe("cron");
});

test("where nothing is, what has started them says it; persons don't", () => {
  expect(startsUnattended(nothing, [], "UTC")).toBeUndefined();
  const byPersons = [start("terminal"), start("make"), start(null)];
  expect(startsUnattended(nothing, byPersons, "UTC")).toBeUndefined();
  for (const by of ["cron", "timer"] as const)
    expect(startsUnattended(nothing, [...byPersons, start(by)], "UTC")).toBe("cron");
});

test("without a terminal persons start nights too, but not day after day, and they may name a date", () => {
  const [first, same, next] = ["2026-11-22T05:00:00Z", "2026-11-22T06:00:00Z", "2026-11-23T05:00:00Z"] as const;
  const made = (...starts: readonly NightStart[]) => unattendedStarts(starts, "UTC");
  expect(made(start("other", first), start("other", same), start("terminal", next))).toEqual([]);
  const habit = [start("other", first), start("other", next)];
  expect(made(...habit, start("terminal", next))).toEqual(habit);
  expect(made(start("cron", first), start("other", next))).toEqual([start("cron", first)]);
  for (const words of [["--date=2026-11-21"], ["--date", "2026-11-21"]])
    expect(made(start("other", first), start("other", next, ...words))).toEqual([]);
  // A schedule may well name one.
  expect(made(start("cron", first, "--date=today"))).toHaveLength(1);
});

test("days are those of the workspace's time zone", () => {
  const evening = [start("other", "2026-11-22T22:00:00Z"), start("other", "2026-11-22T23:30:00Z")];
  expect(unattendedStarts(evening, "UTC")).toEqual([]);
  expect(unattendedStarts(evening, "Europe/Berlin")).toEqual(evening);
  const night = [start("other", "2026-11-22T23:30:00Z"), start("other", "2026-11-23T00:30:00Z")];
  expect(unattendedStarts(night, "UTC")).toEqual(night);
  expect(unattendedStarts(night, "Europe/Berlin")).toEqual([]);
});
