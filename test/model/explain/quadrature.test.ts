import { expect, test } from "vitest";
import { gaussLegendre } from "../../../src/lib/model/explain/quadrature.ts";

test.each([1, 2, 3, 7, 20, 50])("%i points integrate every power that they are exact for", (points) => {
  const { at, weight } = gaussLegendre(points);
  expect(at.every((t) => t > 0 && t < 1)).toBe(true);
  for (let power = 0; power < 2 * points; power += 1) {
    const integral = at.reduce((sum, t, index) => sum + (weight[index] ?? 0) * t ** power, 0);
    expect(integral).toBeCloseTo(1 / (power + 1), 13);
  }
});

test("one power more is not exact: no point is superfluous", () => {
  const { at, weight } = gaussLegendre(2);
  expect(at.reduce((sum, t, index) => sum + (weight[index] ?? 0) * t ** 4, 0)).not.toBeCloseTo(1 / 5, 3);
});
