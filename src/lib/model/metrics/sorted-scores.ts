/**
 * The scores of one class, lowest first: float32 ones as whole numbers of the same order, equal scores as equal numbers, since
 * Node sorts those in a fifth of the time.
 *
 * @param yTrue   label a row; shape (nRows,)
 * @param yScore  shape (nRows,)
 * @param label   the class
 * @param rows    how many rows have it
 * @returns       shape (rows,)
 * @throws {RangeError} when a score is NaN
 */
export function sortedScores(
  yTrue: Uint8Array,
  yScore: Float32Array | Float64Array,
  label: 0 | 1,
  rows: number,
): Uint32Array | Float64Array {
  const scores = yScore instanceof Float32Array ? new Float32Array(rows) : new Float64Array(rows);
  let filled = 0;
  for (let row = 0; row < yTrue.length; row += 1) {
    if (yTrue[row] !== label) continue;
    const score = yScore[row] ?? Number.NaN;
    if (Number.isNaN(score)) throw new RangeError("a score is NaN");
    // Makes 0 of -0, which is equal and has other bits.
    scores[filled] = score + 0;
    filled += 1;
  }
  return (scores instanceof Float64Array ? scores : rising(scores)).sort();
}

/** Floats as whole numbers of the same order, in their place: the sign's bit turned over, and of negative ones all others too. */
function rising({ buffer }: Float32Array<ArrayBuffer>): Uint32Array {
  const numbers = new Uint32Array(buffer);
  for (let index = 0; index < numbers.length; index += 1) {
    const bits = numbers[index] ?? 0;
    numbers[index] = bits >= 0x8000_0000 ? ~bits : bits + 0x8000_0000;
  }
  return numbers;
}
