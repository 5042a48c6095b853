/** Some rows of a matrix. */
interface Part {
  readonly start: number;
  readonly size: number;
}

/**
 * Puts rows of columns one after the other, as libraries take them.
 *
 * @param columns  each of shape (rowCount,)
 * @param into     gets shape (size, columns)
 */
export function putRows(columns: readonly Float32Array[], { start, size }: Part, into: Float32Array): void {
  const width = columns.length;
  for (const [index, column] of columns.entries()) {
    for (let row = 0, at = index; row < size; row += 1, at += width) into[at] = column[start + row] ?? Number.NaN;
  }
}
