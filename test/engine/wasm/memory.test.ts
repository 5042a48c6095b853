import fc from "fast-check";
import { expect, test } from "vitest";
import { requireMemory } from "../../../src/lib/engine/wasm/memory.ts";
import { UsageError } from "../../../src/lib/errors.ts";

/** One array for all columns: what counts is how many there are. */
const shape = (rowCount: number, width: number) => ({
  rowCount,
  columns: Array.from({ length: width }, () => new Float32Array()),
});

test("8,500,000 customers × 10 features fit, 9,000,000 don't, and it is said how many would", () => {
  expect(() => requireMemory(shape(8_500_000, 10), 0)).not.toThrow();
  expect(() => requireMemory(shape(9_000_000, 10), 0)).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message:
        "9,000,000 customers × 10 features take 2,232 MB to train on, and the wasm engine has 2,114 MB: about 8,520,000 of these customers would fit",
      hint: "list fewer features in churn.yaml, or train on fewer customers (a larger split.test, a source.query that draws some)",
    }),
  );
});

test("a missing value takes less than one that is there", () => {
  expect(() => requireMemory(shape(12_000_000, 10), 0)).toThrow(UsageError);
  expect(() => requireMemory(shape(12_000_000, 10), 90_000_000)).not.toThrow();
});

test("as many as would fit do fit", () => {
  const table = fc.record({
    rowCount: fc.integer({ min: 1, max: 100_000_000 }),
    width: fc.integer({ min: 1, max: 2_000 }),
    missing: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(table, ({ rowCount, width, missing }) => {
      const missingOf = (rows: number) => Math.floor(rows * width * missing);
      const told = refusal(() => requireMemory(shape(rowCount, width), missingOf(rowCount)));
      if (told === undefined) return;
      const fits = Number(/about ([\d,]+) of these/.exec(told)?.[1]?.replaceAll(",", ""));
      expect(fits).toBeLessThan(rowCount);
      expect(refusal(() => requireMemory(shape(fits - 1, width), missingOf(fits - 1)))).toBeUndefined();
    }),
  );
});

function refusal(attempt: () => void): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}
