import fc from "fast-check";
import { expect, test } from "vitest";
import { aheadSentence, byToday } from "../../src/lib/workspace/dated-ahead.ts";
import { addDays } from "../../src/lib/workspace/night.ts";

const TODAY = "2026-11-23";

test("each night is one up to today, or one that is dated after it, in its order", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -400, max: 400 })), (days) => {
      const all = days.map((away) => ({ away, date: addDays(TODAY, away) }));
      const { nights, ahead } = byToday(all, TODAY);
      expect(nights).toEqual(all.filter(({ away }) => away <= 0));
      expect(ahead).toEqual(all.filter(({ away }) => away > 0));
    }),
  );
});

test.for([
  [[], undefined],
  [["2027-06-16"], "the night of 2027-06-16 is dated after today and doesn't count: a clock was ahead when it ran"],
  [
    ["2027-06-17", "2027-06-16"],
    "2 nights are dated after today (2027-06-16 to 2027-06-17) and don't count: a clock was ahead when they ran",
  ],
  [
    ["2027-06-16", "2027-06-16"],
    "2 nights are dated after today (all 2027-06-16) and don't count: a clock was ahead when they ran",
  ],
] as const)("of %j people are told once", ([dates, sentence]) => {
  expect(aheadSentence(dates)).toBe(sentence);
});
