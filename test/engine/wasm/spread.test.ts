import fc from "fast-check";
import { expect, test } from "vitest";
import { spread } from "../../../src/lib/engine/wasm/spread.ts";

const BESIDE = -1 + 2 ** -24;
const minusOne = { from: -1, to: BESIDE };
const spreadOf = (...values: number[]) => spread(Float32Array.from(values), minusOne);
/** Halfway, as the library computes it. */
const halfway = (one: number, other: number) => Math.fround(Math.fround(one + other) / 2);

test("values that are no neighbours are sent as they are", () => {
  const { moved, read } = spreadOf(3, 0, 1e30, -1e30, 2 ** -140, 16_777_215, 16_777_216);
  expect([...moved]).toEqual([]);
  expect(read(1.5)).toBe(1.5);
});

test("-1 is sent as its neighbour, and thresholds are read as with -1", () => {
  const { moved, read } = spreadOf(-1, 0, 1, 2);
  expect([...moved]).toEqual([[-1, BESIDE]]);
  // Where 0 is in another branch, the split between -1 and 1 is at 0, where a 0 goes right.
  expect([0, 1, 2].map((value) => read(halfway(BESIDE, value)))).toEqual([-0.5, 0, 0.5]);
  expect(read(halfway(0, 1))).toBe(0.5);
});

test("a threshold that two other values may have made is left as it is", () => {
  const threshold = halfway(BESIDE, 1);
  expect(halfway(-0.25, 0.25 + 2 ** -24)).toBe(threshold);
  expect(spreadOf(-1, 1, -0.25, 0.25 + 2 ** -24).read(threshold)).toBe(threshold);
  expect(spreadOf(-1, 1, -0.25, 0.25).read(threshold)).toBe(0);
});

test.each([
  ["16777214 and 16777215", [16_777_214, 16_777_215]],
  ["0 and the smallest number above it", [0, 2 ** -149]],
  ["-1 and the number that stands for it", [-1, BESIDE]],
  ["16777216 and 16777218, integers beyond float32", [16_777_216, 16_777_218]],
])("%s are moved apart, and divided by the upper one", (_, [low = 0, high = 0]) => {
  const { moved, read } = spreadOf(low, high);
  const [below, above] = [moved.get(low) ?? low, moved.get(high) ?? high];
  expect(halfway(below, above)).toBeGreaterThan(below);
  expect(read(halfway(below, above))).toBe(high);
});

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);
/** Runs of neighbours, with gaps between. */
const crowd = fc
  .tuple(
    fc.constantFrom(-1, 0, 1, 16_777_214, -3, 2 ** -140, Math.fround(1e20), -(2 ** -10)),
    fc.array(fc.integer({ min: 0, max: 4 })),
  )
  .map(([start, steps]) => {
    float[0] = start;
    return [
      start,
      ...steps.map((step) => {
        bits[0] = (bits[0] ?? 0) + step;
        return float[0] ?? 0;
      }),
    ];
  });

test("any two values are told apart by the threshold between them", () => {
  fc.assert(
    fc.property(fc.uniqueArray(crowd, { maxLength: 3 }), (crowds) => {
      const values = [...new Set(crowds.flat())].sort((one, other) => one - other);
      const { moved, read } = spreadOf(...values);
      const sent = values.map((value) => moved.get(value) ?? value);
      for (const [index, high] of values.entries()) {
        const low = values[index - 1];
        if (low === undefined) continue;
        const threshold = halfway(sent[index - 1] ?? 0, sent[index] ?? 0);
        expect(threshold).toBeGreaterThan(sent[index - 1] ?? 0);
        expect(threshold).toBeLessThanOrEqual(sent[index] ?? 0);
        expect(read(threshold)).toBeGreaterThan(low);
        expect(read(threshold)).toBeLessThanOrEqual(high);
      }
    }),
  );
});
