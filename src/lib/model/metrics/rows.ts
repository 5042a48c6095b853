/**
 * What every score asks of its rows.
 *
 * @throws {RangeError} when lengths differ or there are no rows: a defect of the caller
 */
export function checkRows(yTrue: Uint8Array, other: Uint8Array | Float32Array | Float64Array): void {
  if (yTrue.length === 0) throw new RangeError("no rows to judge");
  if (yTrue.length !== other.length) throw new RangeError(`${yTrue.length} labels for ${other.length} rows`);
}
