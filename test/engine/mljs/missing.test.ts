import { expect, test } from "vitest";
import { fillMissing } from "../../../src/lib/engine/mljs/missing.ts";

test("the lower one of two medians stands for a missing value; a column without one is left as it is", () => {
  const whole = Float32Array.of(3, 1, 2);
  const columns = [Float32Array.of(5, NaN, 1, 9, 7, NaN), Float32Array.of(NaN, NaN), whole];
  const filled = fillMissing({ columns });
  expect(filled.fills).toEqual(Float32Array.of(5, 0, 2));
  expect(filled.columns).toEqual([Float32Array.of(5, 5, 1, 9, 7, 5), Float32Array.of(0, 0), whole]);
  expect(filled.columns[2]).toBe(whole);
});
