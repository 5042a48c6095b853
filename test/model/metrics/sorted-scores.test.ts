import fc from "fast-check";
import { expect, test } from "vitest";
import { sortedScores } from "../../../src/lib/model/metrics/sorted-scores.ts";

const score = fc.oneof(
  fc.float({ noNaN: true }),
  fc.constantFrom(0, -0, 2 ** -149, -(2 ** -149), 1, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
);
const scores = fc.array(score, { minLength: 1 }).map((values) => Float32Array.from(values));

test("float32 scores are in the order of their values, and equal where these are equal", () => {
  fc.assert(
    fc.property(scores, (values) => {
      const ones = new Uint8Array(values.length).fill(1);
      const sorted = sortedScores(ones, values, 1, values.length);
      expect(sorted).toBeInstanceOf(Uint32Array);
      // As numbers, which makes no difference between 0 and -0.
      const ranks = (list: ArrayLike<number>) => Array.from(list, (one) => Array.from(list).indexOf(one));
      expect(ranks(sorted)).toEqual(ranks(values.toSorted()));
      for (const [index, value] of values.toSorted().entries()) {
        const [alone] = sortedScores(Uint8Array.of(1), Float32Array.of(value), 1, 1);
        expect(sorted[index]).toBe(alone);
      }
    }),
  );
});

test("doubles are sorted as they are, and only those of the class", () => {
  const values = Float64Array.of(0.3, -0.1, 5e-324, 0.2);
  expect(sortedScores(Uint8Array.of(1, 1, 0, 1), values, 1, 3)).toEqual(Float64Array.of(-0.1, 0.2, 0.3));
  expect(sortedScores(Uint8Array.of(1, 1, 0, 1), values, 0, 1)).toEqual(Float64Array.of(5e-324));
  expect(values[0]).toBe(0.3);
});

test("NaN has no place", () => {
  expect(() => sortedScores(Uint8Array.of(1), Float32Array.of(Number.NaN), 1, 1)).toThrow("a score is NaN");
});
