/** What a tree is grown on. */
export interface Draw {
  /** numbers of customers, drawn with replacement */
  readonly rows: Uint32Array;
  /** for the library's own choice of features */
  readonly seed: number;
}

/**
 * Draws each tree's customers. The same seed gives the same draws, and a forest of more trees begins with those of one of fewer.
 *
 * @param rowCount  train customers
 * @param size      of them drawn for a tree
 */
export function* bootstraps(seed: number, rowCount: number, size: number): Generator<Draw, never> {
  const random = generator(seed);
  for (;;) {
    const rows = Uint32Array.from({ length: size }, () => Math.floor((random() / 2 ** 32) * rowCount));
    yield { rows, seed: random() >>> 1 };
  }
}

/** Mulberry32: whole numbers below 2^32, each of them as likely. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
