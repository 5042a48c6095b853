import { expect, test } from "vitest";
import { firingOf } from "../../src/lib/schedule/firing.ts";

const now = new Date("2026-11-23T07:00:00Z");
const cron = { by: "cron", at: "06:00", zone: "Europe/Berlin" } as const;
const startAt = (time: string) => ({
  time: new Date(time),
  by: "cron" as const,
  command: [],
  user: "maria",
  host: "etl-2",
});
const firing = (installed: Parameters<typeof firingOf>[0], last?: string, moment = now) =>
  firingOf(installed, { timezone: "UTC", now: moment, last: last === undefined ? undefined : startAt(last) });

test("it says when the next night is started, and of the last one that it was", () => {
  const next = new Date("2026-11-24T05:00:00Z");
  expect(firing(cron, "2026-11-23T05:00:01Z")).toEqual({ next, unfired: undefined });
  expect(firing(cron), "of which nobody knows").toEqual({ next, unfired: undefined });
  expect(firing({ ...cron, zone: undefined }, "2026-11-23T06:00:01Z")?.next).toEqual(new Date("2026-11-24T06:00:00Z"));
});

test("it says since when it should have started one and did not, a quarter of an hour later", () => {
  const due = new Date("2026-11-23T05:00:00Z");
  expect(firing(cron, "2026-11-22T05:00:01Z")?.unfired).toEqual(due);
  expect(firing(cron, "2026-11-22T05:00:01Z", new Date("2026-11-23T05:15:00Z"))?.unfired).toEqual(due);
  expect(firing(cron, "2026-11-22T05:00:01Z", new Date("2026-11-23T05:14:59Z"))?.unfired).toBeUndefined();
});

test("of what isn't one time a day it says nothing", () => {
  expect(firing({ ...cron, at: undefined }, "2026-11-01T05:00:01Z")).toBeUndefined();
});
