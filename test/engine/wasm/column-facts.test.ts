import { expect, test } from "vitest";
import { columnFacts } from "../../../src/lib/engine/wasm/column-facts.ts";

test("missing values are counted, and are no value", () => {
  expect(columnFacts(Float32Array.of(Number.NaN, 3, -1, 3, Number.NaN, -0, 0))).toEqual({
    missing: 2,
    hasMinusOne: true,
    min: -1,
    max: 3,
    few: Float32Array.of(3, -1, 0),
  });
});

test("a column without values has none", () => {
  const nothing = { hasMinusOne: false, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  expect(columnFacts(Float32Array.of(Number.NaN))).toEqual({ ...nothing, missing: 1, few: new Float32Array() });
});

test("sixteen values are few, seventeen aren't", () => {
  const repeated = (count: number) => Float32Array.from({ length: 200 }, (_, row) => row % count);
  expect(columnFacts(repeated(16)).few).toHaveLength(16);
  expect(columnFacts(repeated(17)).few).toBeUndefined();
});
