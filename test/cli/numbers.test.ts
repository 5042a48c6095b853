import fc from "fast-check";
import { expect, test } from "vitest";
import { counted, decimal, whole } from "../../src/lib/cli/numbers.ts";

test("whole numbers are grouped by thousands, as Intl does it", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(whole(value)).toBe(value.toLocaleString("en-US"));
    }),
  );
});

test("other numbers have up to six decimals", () => {
  const values = [0, -0.5, 1234.5, -1_234_567.25, 0.1 + 0.2, 1e-9, 99.999_999_9];
  expect(values.map(decimal)).toEqual(["0", "-0.5", "1,234.5", "-1,234,567.25", "0.3", "0", "100"]);
});

test("one of a thing is singular", () => {
  expect([0, 1, 2, 1200].map((count) => counted(count, "customer"))).toEqual([
    "0 customers",
    "1 customer",
    "2 customers",
    "1,200 customers",
  ]);
  expect([1, 2].map((count) => counted(count, "entry", "entries"))).toEqual(["1 entry", "2 entries"]);
});
