import fc from "fast-check";
import { expect, test } from "vitest";
import { percent, whole } from "../../../src/lib/cli/numbers.ts";
import { againstPrevious, times } from "../../../src/lib/quality/gates/against-previous.ts";

test("half and double hold, a hair less or more fails", () => {
  const now = (rows: number) => againstPrevious(rows, 3000, 0.5, whole);
  const bounds = [0.5, 2];
  const limit = "half to double";
  expect(now(1500)).toEqual({ holds: true, observed: 0.5, limit, bounds, detail: "1,500 against 3,000" });
  expect(now(6000)).toEqual({ holds: true, observed: 2, limit, bounds, detail: "6,000 against 3,000" });
  expect(now(1499)).toEqual({
    holds: false,
    observed: 1499 / 3000,
    limit,
    bounds,
    detail: "1,499 against 3,000",
  });
  expect(now(6001)).toMatchObject({ holds: false, observed: 6001 / 3000 });
});

test("the limit is said as a share and its inverse, and 0 lets everything grow", () => {
  const limit = (share: number) => againstPrevious(1, 1, share, whole).limit;
  expect([0, 0.3, 0.9, 1].map(limit)).toEqual([
    "0 to any times",
    "0.3 to 3.333 times",
    "0.9 to 1.111 times",
    "1 to 1 times",
  ]);
  expect(againstPrevious(0, 5, 0, whole)).toMatchObject({ holds: true, observed: 0 });
  expect(againstPrevious(1e9, 1, 0, whole)).toMatchObject({ holds: true });
  expect(againstPrevious(11, 10, 1, whole)).toMatchObject({ holds: false });
});

test("without a figure of before, or with one of 0, there is nothing to compare with", () => {
  const nothing = { holds: undefined, observed: null, limit: "half to double" };
  for (const before of [undefined, null, 0]) expect(againstPrevious(0.3, before, 0.5, percent)).toEqual(nothing);
  expect(againstPrevious(null, undefined, 0.5, percent)).toEqual(nothing);
});

test("a figure that is undefined today fails where there was one before", () => {
  expect(againstPrevious(null, 0.25, 0.5, percent)).toEqual({
    holds: false,
    observed: null,
    limit: "half to double",
    detail: "every label is null",
  });
});

test("whichever of two nights comes first, they are alike or not", () => {
  const count = fc.integer({ min: 1, max: 1_000_000 });
  fc.assert(
    fc.property(count, count, (a, b) => {
      expect(againstPrevious(a, b, 0.5, whole).holds).toBe(againstPrevious(b, a, 0.5, whole).holds);
    }),
  );
});

test("a ratio has two decimals", () => {
  expect([0.467, 1, 12.345].map((ratio) => times(ratio))).toEqual(["0.47 ×", "1.00 ×", "12.35 ×"]);
});
