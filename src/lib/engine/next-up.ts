const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The next float32 above a finite one. */
export function nextUp(value: number): number {
  if (value === 0) return 2 ** -149;
  float[0] = value;
  bits[0] = (bits[0] ?? 0) + (value > 0 ? 1 : -1);
  return float[0];
}

/**
 * The least float32 that is not below a double. A float32 is below the one exactly where it is below the other, so a split on a
 * double becomes one on a float32 and sends everybody the same way.
 *
 * @param value  finite, and no larger than float32's largest
 */
export function float32NotBelow(value: number): number {
  const rounded = Math.fround(value);
  return rounded < value ? nextUp(rounded) : rounded;
}
