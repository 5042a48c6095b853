import { expect, test } from "vitest";
import { requireTrainable } from "../../src/lib/engine/trainable.ts";

test("missing values, whole columns of them too, are trained on; infinite ones are named", () => {
  const matrix = (...columns: Float32Array[]) => ({
    featureNames: columns.map((_, index) => `feature${index}`),
    rowCount: 3,
    columns,
  });
  const missing = Float32Array.of(NaN, NaN, NaN);
  expect(() => requireTrainable(matrix(missing, Float32Array.of(1, NaN, 3)))).not.toThrow();
  expect(() =>
    requireTrainable(matrix(missing, Float32Array.of(Infinity, -Infinity, 0), Float32Array.of(NaN, 1, Infinity))),
  ).toThrow("values too large for float32: feature1 (2 customers), feature2 (1 customer)");
});
