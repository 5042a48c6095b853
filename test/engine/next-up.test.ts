import fc from "fast-check";
import { expect, test } from "vitest";
import { float32NotBelow, nextUp } from "../../src/lib/engine/next-up.ts";

const float = fc.float({ noNaN: true, noDefaultInfinity: true });

test("a float32 is below a double exactly where it is below the least float32 that is not below that", () => {
  fc.assert(
    fc.property(float, float, float, (one, other, value) => {
      const middle = (one + other) / 2;
      const threshold = float32NotBelow(middle);
      expect(Math.fround(threshold)).toBe(threshold);
      for (const tried of [value, one, other, threshold, Math.fround(middle)])
        expect(tried < threshold).toBe(tried < middle);
    }),
    { numRuns: 2_000 },
  );
});

test("of two neighbours the middle becomes the upper one", () => {
  fc.assert(
    fc.property(
      float.filter((value) => value < 3e38),
      (value) => {
        const above = nextUp(value);
        expect(above).toBeGreaterThan(value);
        expect(float32NotBelow((value + above) / 2)).toBe(above);
      },
    ),
  );
});
