import type { Matrix } from "../../matrix/matrix.ts";

/** Columns without missing values, and what stands in the place of one. */
export interface FilledColumns {
  /** shape (rowCount,) each, without NaN */
  readonly columns: readonly Float32Array[];
  /** a feature each */
  readonly fills: Float32Array;
}

/**
 * Puts a column's median in the place of its missing values, which the library can't take. It is a value of the column itself,
 * the lower one of two, so that in scoring a missing value can go at each split where the median goes: to the same leaf.
 */
export function fillMissing({ columns }: Pick<Matrix, "columns">): FilledColumns {
  const fills = Float32Array.from(columns, median);
  return {
    fills,
    columns: columns.map((column, index) =>
      column.some(Number.isNaN) ? column.map((value) => (Number.isNaN(value) ? (fills[index] ?? 0) : value)) : column,
    ),
  };
}

/** 0 where nothing is there. */
function median(column: Float32Array): number {
  const sorted = column.filter((value) => !Number.isNaN(value)).sort();
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
