import fc from "fast-check";

/** Values that libraries treat as special. None is the float32 next to another: a midpoint of two such is one of them. */
const SPECIAL = [-1, 0, -0, 1e30, -1e30, 2 ** -140, -(2 ** -140), 2 ** -127, 1, 2, -2, -1.5, 0.5, -0.5, 999].map(
  Math.fround,
);

const subset = fc.uniqueArray(fc.constantFrom(...SPECIAL), { minLength: 1, maxLength: 6, comparator: "SameValue" });

/** What a column's values are drawn from: a constant, two values, few with many duplicates, or all sorts of numbers. */
const pool: fc.Arbitrary<readonly number[]> = fc.oneof(
  subset,
  fc.tuple(fc.constant(-1), fc.constantFrom(...SPECIAL)).map(([one, other]) => [one, other]),
  fc.constantFrom([-2, -1.5, -1], [-1, 0, 1], [-1, 0], [0], [-1], [-1, 2]),
  fc
    .array(fc.integer({ min: -3000, max: 3000 }), { minLength: 30, maxLength: 200 })
    .map((parts) => [-1, 0, ...parts.map((part) => Math.fround(part / 997))]),
);
const missingShare = fc.oneof(fc.constantFrom(0, 0, 0.02, 0.5, 0.9, 1), fc.double({ min: 0, max: 1, noNaN: true }));

export interface SpecialTable {
  readonly columns: readonly Float32Array[];
  readonly label: Uint8Array;
}

/**
 * Customers whose columns hold special values, and who churn by two of the columns, with noise.
 *
 * @param rowCount  customers
 */
export function specialTable(rowCount: number): fc.Arbitrary<SpecialTable> {
  const column = fc.tuple(pool, missingShare);
  return fc.tuple(fc.array(column, { minLength: 2, maxLength: 5 }), fc.integer()).map(([plans, seed]) => {
    const random = randomFrom(seed);
    const columns = plans.map(([values, missing]) =>
      Float32Array.from({ length: rowCount }, () =>
        random() < missing ? Number.NaN : (values[Math.floor(random() * values.length)] ?? 0),
      ),
    );
    const label = Uint8Array.from({ length: rowCount }, (_, row) => {
      const [one = 0, other = 0] = columns.map((values) => values[row] ?? 0);
      const churns = one === -1 || Number.isNaN(other) || other > 0.7;
      return Number(random() < 0.1 ? random() < 0.5 : churns);
    });
    return { columns, label };
  });
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
