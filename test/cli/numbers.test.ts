import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  apart,
  besideLimit,
  counted,
  decimal,
  fileSize,
  listed,
  memorySize,
  metric,
  percent,
  signedPercent,
  whole,
} from "../../src/lib/cli/numbers.ts";

test("whole numbers are grouped by thousands, as Intl does it", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(whole(value)).toBe(value.toLocaleString("en-US"));
    }),
  );
});

test("other numbers have up to six decimals", () => {
  const values = [0, -0.5, 1234.5, -1_234_567.25, 0.1 + 0.2, 1e-9, 99.999_999_9];
  expect(values.map((value) => decimal(value))).toEqual(["0", "-0.5", "1,234.5", "-1,234,567.25", "0.3", "0", "100"]);
});

describe("two figures", () => {
  test("have the usual decimals where these tell them apart, or nothing does", () => {
    expect(apart(0.564, 0.536, metric)).toEqual(["0.564", "0.536"]);
    expect(apart(2 / 3, 2 / 3, metric)).toEqual(["0.667", "0.667"]);
    expect(apart(0.5, 0.5 + Number.EPSILON, metric)).toEqual(["0.500", "0.500"]);
    expect(apart(100, 100.5, decimal)).toEqual(["100", "100.5"]);
  });

  test("have as many more as it takes", () => {
    expect(apart(0.56412, 0.56405, metric)).toEqual(["0.56412", "0.56405"]);
    expect(apart(0.0003, 0, percent)).toEqual(["0.03 %", "0.00 %"]);
    expect(apart(100.000_000_1, 100, decimal)).toEqual(["100.0000001", "100"]);
    expect(apart(0.1 + 0.2, 0.3, decimal)).toEqual(["0.30000000000000004", "0.3"]);
    expect(apart(-0.0003, 0, signedPercent)).toEqual(["-0.03 %", "+0.00 %"]);
    expect(apart(-0.0003, -0.0002, signedPercent)).toEqual(["-0.03 %", "-0.02 %"]);
  });
});

describe("a figure beside its limit", () => {
  test("is as everywhere else where that tells which is the greater", () => {
    expect(besideLimit(0.1, 0.05, percent)).toEqual(["10.0 %", "5.0 %"]);
    expect(besideLimit(0, 0.1, percent)).toEqual(["0.0 %", "10.0 %"]);
    expect(besideLimit(0.4, 0.55, metric)).toEqual(["0.400", "0.550"]);
  });

  test("has the decimals that tell", () => {
    expect(besideLimit(0.00996, 0.01, percent)).toEqual(["0.996 %", "1.0 %"]);
    expect(besideLimit(0.0004, 0, percent)).toEqual(["0.04 %", "0.0 %"]);
    expect(besideLimit(0.5499, 0.55, metric)).toEqual(["0.5499", "0.550"]);
  });

  test("has a limit with all the digits that it was set with", () => {
    expect(besideLimit(0.03, 0.000_25, percent)).toEqual(["3.0 %", "0.025 %"]);
    expect(besideLimit(0.0125, 0.0125, percent)).toEqual(["1.25 %", "1.25 %"]);
    expect(besideLimit(0.07, 0.07, percent)).toEqual(["7.0 %", "7.0 %"]);
    expect(besideLimit(1e6, 1234.5, decimal)).toEqual(["1,000,000", "1,234.5"]);
  });

  test("is never on the wrong side of it, however near", () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const limits = fc.integer({ min: 0, max: 100_000 }).map((whole) => whole / 100_000);
    const near = fc.double({ min: -1e-6, max: 1e-6, noNaN: true });
    const written = (text: string) => Number(text.replace(" %", ""));
    fc.assert(
      fc.property(fc.oneof(share, near), limits, fc.boolean(), (amount, limit, relative) => {
        const value = relative ? limit + amount : amount;
        for (const write of [percent, metric]) {
          const [shown, bound] = besideLimit(value, limit, write).map(written);
          const side = Math.sign((shown ?? 0) - (bound ?? 0));
          const truth = Math.sign(value - limit);
          expect(side === truth || (side === 0 && Math.abs(value - limit) < 2e-12), `${shown} ${bound}`).toBe(true);
        }
      }),
    );
  });
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

test("memory is counted as machines count it", () => {
  expect([0, 312 * 2 ** 20, 2 ** 30 - 1, 2 ** 30, 23.14 * 2 ** 30].map(memorySize)).toEqual([
    "0 MiB",
    "312 MiB",
    "1,024 MiB",
    "1.0 GiB",
    "23.1 GiB",
  ]);
});

test("sizes of files have two digits at least, and a list of names an and", () => {
  const sizes = [0, 812, 1000, 1449, 9_949, 9_950, 41_234_567, 1.35e9, 2e15];
  expect(sizes.map(fileSize)).toEqual([
    "0 B",
    "812 B",
    "1.0 kB",
    "1.4 kB",
    "9.9 kB",
    "10 kB",
    "41 MB",
    "1.4 GB",
    "2,000 TB",
  ]);
  expect([[], [3], [3, 5], ["a", "b", "c"]].map(listed)).toEqual(["", "3", "3 and 5", "a, b and c"]);
});
