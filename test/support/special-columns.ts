import fc from "fast-check";
import type { Matrix } from "../../src/lib/matrix/matrix.ts";
import { mulberry32 } from "./mulberry32.ts";

/** Values that libraries treat as special; none is the float32 next to another. */
const SPECIAL = [-1, 0, -0, 1e30, -1e30, 2 ** -140, -(2 ** -140), 2 ** -127, 1, 2, -2, -1.5, 0.5, -0.5, 999].map(
  Math.fround,
);

/** What a column's values are drawn from: a constant, two values, few with many duplicates, or all sorts of numbers. */
const values: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.uniqueArray(fc.constantFrom(...SPECIAL), { minLength: 1, maxLength: 6, comparator: "SameValue" }),
  fc.constantFrom(...SPECIAL).map((other) => [-1, other]),
  // Two steps of float32 away from -1, where its neighbour stands for it.
  fc.constantFrom([-2, -1], [-1, 0, 1], [-1, 1], [0], [-1], [-1, -1 + 2 ** -23], [-1 - 2 ** -22, -1]),
  fc
    .array(fc.integer({ min: -3000, max: 3000 }), { minLength: 30, maxLength: 200 })
    .map((parts) => [-1, 0, ...parts.map((part) => Math.fround(part / 997))]),
);
/** Values of which two are neighbours in float32: their midpoint is one of them, and which one depends on the version. */
const neighbours = fc.constantFrom(
  [16_777_215, 16_777_216],
  [16_777_214, 16_777_215, 16_777_216, 3],
  [-1, -1 + 2 ** -24],
  [-1 - 2 ** -23, -1, 5],
  [0, 2 ** -149],
);
const missingShare = fc.oneof(fc.constantFrom(0, 0, 0.02, 0.5, 0.9, 1), fc.double({ min: 0, max: 1, noNaN: true }));

export interface SpecialCustomers {
  readonly matrix: Matrix;
  readonly label: Uint8Array;
  /** Further customers: some with values that the first ones don't have, missing ones among them. */
  readonly others: Matrix;
}

/**
 * Customers whose columns hold special values, and who churn by two of the columns, with noise.
 *
 * @param rowCount  customers, and as many others
 * @param kind      whether one column holds neighbours in float32
 */
export function specialCustomers(rowCount: number, kind: "apart" | "neighbours"): fc.Arbitrary<SpecialCustomers> {
  const few = rowCount / 10;
  const column = fc.tuple(values, missingShare);
  const first = kind === "apart" ? column : fc.tuple(neighbours, fc.constantFrom(0, 0.1));
  const customers = fc
    .tuple(first, fc.array(column, { minLength: 1, maxLength: 4 }), fc.integer())
    .map(([one, more, seed]) => {
      const random = mulberry32(seed);
      const plans = [one, ...more];
      const featureNames = plans.map((_, index) => `f${index}`);
      const drawFrom = (from: readonly number[]) => from[Math.floor(random() * from.length)] ?? 0;
      const columns = plans.map(([from, missing]) =>
        Float32Array.from({ length: rowCount }, () => (random() < missing ? Number.NaN : drawFrom(from))),
      );
      const unseen = plans.map(([from]) =>
        Float32Array.from({ length: rowCount }, () => {
          const chance = random();
          return chance < 0.1 ? Number.NaN : drawFrom(chance < 0.4 ? SPECIAL : from);
        }),
      );
      const label = Uint8Array.from({ length: rowCount }, (_, row) => {
        const [first = 0, second = 0] = columns.map((values) => values[row] ?? 0);
        const churns = first === -1 || first === 16_777_216 || Number.isNaN(second) || second > 0.7;
        return Number(random() < 0.1 ? random() < 0.5 : churns);
      });
      return {
        matrix: { featureNames, rowCount, columns },
        label,
        others: { featureNames, rowCount, columns: unseen },
      };
    });
  // Where next to nobody churns, or stays, trees are made of noise.
  return customers.filter(({ label }) => {
    const churned = label.reduce((sum, one) => sum + one, 0);
    return churned > few && churned < rowCount - few;
  });
}
