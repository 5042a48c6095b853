/** What of a column decides how it is sent to the library. */
export interface ColumnFacts {
  /** number of NaN */
  readonly missing: number;
  readonly hasMinusOne: boolean;
  /** of what is there; Infinity and -Infinity where nothing is */
  readonly min: number;
  readonly max: number;
  /** each value once, where there are few */
  readonly few: Float32Array | undefined;
}

/** As many values of a column as hist of 2018 divides between; of more it takes some as its bounds. */
const FEW = 16;

/** @param column  shape (rowCount,) */
export function columnFacts(column: Float32Array): ColumnFacts {
  let [missing, hasMinusOne, min, max] = [0, false, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const few = new Set<number>();
  let last = Number.NaN;
  for (const value of column) {
    if (Number.isNaN(value)) missing += 1;
    else if (value !== last && few.size <= FEW) few.add(value);
    last = value;
    if (value === -1) hasMinusOne = true;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { missing, hasMinusOne, min, max, few: few.size > FEW ? undefined : Float32Array.from(few) };
}
