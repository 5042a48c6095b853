/** A DuckDB file as another DuckDB would have written it: with its storage version, its own version and the right checksum. */
export function withStorageVersion(bytes: Buffer, storageVersion: number, library: string): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeBigUInt64LE(BigInt(storageVersion), 12);
  changed.fill(0, 52, 84).write(library, 52, "latin1");
  changed.writeBigUInt64LE(checksum(changed.subarray(8, 4096)), 0);
  return changed;
}

/** As DuckDB reckons it over a block of whole words. */
function checksum(block: Buffer): bigint {
  let sum = 5381n;
  for (let at = 0; at < block.length; at += 8)
    sum ^= BigInt.asUintN(64, block.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n);
  return sum;
}
