import { expect, test } from "vitest";
import { knownProduction, lastDeedIn, lastSeen } from "../../src/lib/ledger/known-production.ts";
import { event, events, runOf, timeOf } from "../support/ledger-events.ts";

const now = new Date("2026-11-23T12:00:00Z");
const about = { model: "churn-model", now };
const decidedOn = (date: string, change: Parameters<typeof event<"registered">>[1] = {}) => {
  const run = `${date.replaceAll("-", "")}T050000Z-0001`;
  return runOf(date, run, event("registered", change)).map((one) => ({ ...one, time: timeOf(run) }));
};
const seenIn = (...told: readonly ReturnType<typeof decidedOn>[]) => lastSeen(told.flat(), about);
const promotedAt = (time: string, version: number) => event("promoted", { time, promoted_at: time, version });

test("the newest decision saw what was there, but for an older night's, another model's, and one that a clock ahead has made", () => {
  expect(lastSeen([], about)).toBeUndefined();
  const first = decidedOn("2026-11-20", { production: null, version: 1 });
  const second = decidedOn("2026-11-21", { production: { version: 1, f1: 0.5 }, version: 2 });
  expect(seenIn(first)).toEqual({ at: "2026-11-20T05:00:00.000Z", version: undefined, registered: 1 });
  const seen = { at: "2026-11-21T05:00:00.000Z", version: 1, registered: 2 };
  expect(seenIn(second, first)).toEqual(seen);
  const older = decidedOn("2026-11-22", { is_older: true, production: { version: 9, f1: 0.5 } });
  const another = decidedOn("2026-11-22", { model: "another", production: null });
  const ahead = decidedOn("2027-06-16", { production: { version: 8, f1: 0.5 } });
  expect(seenIn(first, second, older, another, ahead)).toEqual(seen);
});

test("what was put there last is in production, unless something else was seen there since", () => {
  const seen = { at: "2026-11-21T05:00:00.000Z", version: 1, registered: 2 };
  const [before, after] = [promotedAt("2026-11-20T08:00:00.000Z", 4), promotedAt("2026-11-21T08:00:00.000Z", 4)];
  expect(knownProduction(undefined, undefined)).toBeUndefined();
  expect(knownProduction(undefined, after)).toEqual({ version: 4, deed: after });
  expect(knownProduction(seen, after)).toEqual({ version: 4, deed: after });
  expect(knownProduction(seen, before)).toEqual({ version: 1, deed: undefined });
  expect(knownProduction({ ...seen, version: 4 }, before)).toEqual({ version: 4, deed: before });
  expect(knownProduction({ ...seen, version: undefined }, before)).toBeUndefined();
});

test("the last promotion or rollback of a model is found among events", () => {
  const told = [events.promoted, events.rolled_back, event("promoted", { model: "another" }), events.rejected];
  expect(lastDeedIn(told, "churn-model")).toEqual(events.rolled_back);
  expect(lastDeedIn([], "churn-model")).toBeUndefined();
});
