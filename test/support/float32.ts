/** Little-endian float32 values as base64, as the golden files hold them. */
export function float32(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  return Float32Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
}

/** The largest difference between two columns. */
export function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) throw new RangeError(`${one.length} values against ${other.length}`);
  return Array.from(one).reduce((most, value, row) => Math.max(most, Math.abs(value - (other[row] ?? Number.NaN))), 0);
}

/** A column's bytes, which are compared in a thousandth of the time that `toEqual` takes for its numbers. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Float32 values as the golden files and the Python scripts hold them. */
export function base64(values: Float32Array): string {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString("base64");
}
