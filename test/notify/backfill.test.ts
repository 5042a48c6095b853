import { expect, test } from "vitest";
import {
  BACKFILL_KEY,
  backfillKey,
  backfillLines,
  backfillSentences,
  backfillSign,
  countsOf,
  spanOf,
} from "../../src/lib/notify/backfill.ts";
import { backfilled } from "../support/letters.ts";

const good = { ...backfilled, nights: backfilled.nights.filter(({ outcome }) => outcome !== "failed"), left: [] };

test("a key names its backfill, and no file elsewhere", () => {
  expect(backfillKey(new Date("2026-11-24T05:00:00Z"))).toMatch(/^backfill\.20261124T050000Z-[\da-f]{4}$/);
  expect(backfillKey(new Date())).toMatch(BACKFILL_KEY);
  for (const key of ["2026-11-24", "backfill.../../x", "backfill.20261124T050000Z-7f3a/.."])
    expect(key).not.toMatch(BACKFILL_KEY);
});

test("days and counts leave out what there is none of", () => {
  expect([spanOf(backfilled), countsOf(backfilled)]).toEqual([
    "2026-11-18 to 2026-11-21",
    "2 nights decided, 1 failed, 1 day left",
  ]);
  const one = { nights: good.nights.slice(0, 1), left: [] };
  expect([spanOf(one), countsOf(one)]).toEqual(["2026-11-18", "1 night decided"]);
  const second = good.nights.slice(0, 1).map((night) => ({ ...night, night: "2026-11-18.2" }));
  expect(spanOf({ nights: second, left: [] })).toBe("2026-11-18");
});

test("a glance tells whether a person has something to do", () => {
  expect(backfillSign(backfilled)).toBe("no_contest");
  expect(backfillSign({ ...good, left: ["2026-11-21"] })).toBe("no_contest");
  expect(backfillSign(good)).toBe("registered");
  expect(backfillSign({ ...good, nights: good.nights.slice(0, 1) })).toBe("not_registered");
});

test("one that was killed says so", () => {
  expect(backfillSentences({ ...good, was_killed: true })).toEqual([
    "The backfill was ended before it could tell of these nights itself.",
  ]);
  expect(backfillSentences(good)).toEqual([]);
});

test("what comes back every night says once that it does, where something failed", () => {
  const left = { ...backfilled, left: [], looks_back: 7 };
  expect(backfillSentences(left)).toEqual([
    "What failed is tried again every night for 7 days, and told again only if it ends otherwise.",
  ]);
  expect(backfillSentences({ ...good, looks_back: 7 })).toEqual([]);
});

test("a night is called as churn status calls it: a twin of a registered model is no better one", () => {
  const [night] = good.nights;
  const lines = (comparison: "better" | "not_better") =>
    backfillLines({ ...good, nights: night === undefined ? [] : [{ ...night, comparison }] }).join();
  expect(lines("better")).toContain("  registered before  ");
  expect(lines("not_better")).toContain("  not better  ");
});
