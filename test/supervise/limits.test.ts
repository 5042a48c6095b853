import { expect, test } from "vitest";
import { secondsOf, stageLimitSeconds } from "../../src/lib/supervise/limits.ts";

test.each([
  ["90s", 90],
  ["90m", 5_400],
  ["4h", 14_400],
  ["2d", 172_800],
])("%s is %i seconds", (duration, seconds) => {
  expect(secondsOf(duration)).toBe(seconds);
});

test("a stage may take its own limit, and never more than the run has left", () => {
  const config = { timeout: "1h", stages: { train: "10m" } };
  const start = Date.parse("2026-11-23T06:00:00Z");
  const after = (minutes: number, stage: string) => stageLimitSeconds(config, stage, start, start + minutes * 60_000);
  expect(after(0, "train")).toBe(600);
  expect(after(0, "extract")).toBe(3_600);
  expect(after(55, "train")).toBe(300);
  expect(after(61, "train")).toBe(0);
});
