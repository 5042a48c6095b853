import { expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/lib/config/schema.ts";
import { missedNight } from "../../src/lib/why/missed.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { least } from "../support/config-workspace.ts";

const config = configSchema.parse({ ...parse(least), timezone: "Europe/Berlin" });
const known = [nightOf("2026-11-18", 1), nightOf("2026-11-21", 1)];
const tell = (date: string, now = new Date("2026-11-23T12:00:00Z")) =>
  missedNight(nightOf(date, 1), known, { config, now });

test("a night that was due and for which nothing was started has a story: that, and what makes up for it", () => {
  for (const date of ["2026-11-19", "2026-11-23"])
    expect(tell(date)).toMatchObject({
      night: date,
      outcome: "missed",
      run: null,
      next: [`churn run-all --date ${date}`],
    });
});

test("one of a time before all nights is none, and neither is one that isn't due yet", () => {
  const none = (date: string) => `there is no night of ${date} in this store`;
  expect(() => tell("2026-11-17")).toThrow(none("2026-11-17"));
  expect(() => tell("2026-11-23", new Date("2026-11-23T05:14:00Z"))).toThrow(none("2026-11-23"));
  expect(() => missedNight(nightOf("2026-11-19", 1), [], { config, now: new Date("2026-11-23") })).toThrow(
    none("2026-11-19"),
  );
});
