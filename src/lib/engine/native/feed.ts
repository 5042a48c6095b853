import * as z from "zod";
import type { Chunk, LabelledChunk, Rows } from "../../matrix/customers.ts";
import { putRows } from "../../matrix/rows.ts";

/**
 * Rows on their way to the thread that trains. The library asks for them by a callback, which can't wait for a promise: so they are
 * laid into memory that both threads see, a batch at a time, and the thread sleeps until the next one is there.
 */

/** A batch's place in that memory. */
export interface Place {
  /** row by row; shape (rows, features), NaN is a missing value */
  readonly values: Float32Array;
  /** shape (rows,); of customers who are trained on, or judge */
  readonly label: Float32Array;
  /** how many rows lie there; 0 says that there are no more, and see `EMPTY` and `BROKEN` */
  readonly state: Int32Array;
}

/** Nothing lies there yet. Also in batches.cjs, which can't import it. */
const EMPTY = -1;
/** Nothing ever will: they can't be read. */
const BROKEN = -2;

/** What the thread asks for: rows of one kind from the first one on, and, when it is done with a batch, that its place is filled again. */
export const readingWord = z.union([
  z.strictObject({ read: z.enum(["cuts", "trained", "validation"]) }),
  z.strictObject({ emptied: z.literal(true) }),
]);
export type ReadingWord = z.infer<typeof readingWord>;

/** What it may ask for. */
export type Sources = { readonly [Source in Extract<ReadingWord, { read: string }>["read"]]?: Rows | undefined };

/** While the thread works on one batch, the next ones are read. */
const PLACES = 3;
/** So that what is written is still in the processor's cache when it is read. */
const MOST_ROWS = 65_536;
/** As many rows as DuckDB gives at a time: the library looks at all bins of all features for each batch. */
const LEAST_ROWS = 2_048;
/** Of a batch: 16 MB. */
const MOST_VALUES = 2 ** 22;

/** Places for rows of so many features; the model is the same with batches of any size. */
export function placesFor(
  features: number,
  rows = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_VALUES / features))),
): readonly Place[] {
  const shared = (count: number) => new SharedArrayBuffer(count * Float32Array.BYTES_PER_ELEMENT);
  return Array.from({ length: PLACES }, () => ({
    values: new Float32Array(shared(rows * features)),
    label: new Float32Array(shared(rows)),
    state: new Int32Array(shared(1)).fill(EMPTY),
  }));
}

/** What lays rows into places as the thread asks for them. */
export interface Feed {
  hear(word: ReadingWord): void;
  /**
   * Reads no more: the thread has its answer, whatever it is.
   *
   * @throws what reading has failed with
   */
  end(): Promise<void>;
}

export function startFeed(places: readonly Place[], sources: Sources): Feed {
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  let reading = Promise.resolve();
  let wake = () => {};

  /** @returns whether it is empty, as it is in the end unless nobody needs it any more */
  const emptied = async ({ state }: Place): Promise<boolean> => {
    while (!isOver && Atomics.load(state, 0) !== EMPTY) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return !isOver;
  };
  const read = async (source: keyof Sources) => {
    const pieces = piecesOf(sources[source]);
    for (const place of around(places)) {
      if (!(await emptied(place))) break;
      const rows = await pieces.layInto(place).catch((error: unknown) => {
        failure = { error };
        return BROKEN;
      });
      hand(place, rows);
      if (rows <= 0) break;
    }
    await pieces.end();
  };
  return {
    hear(word) {
      if ("read" in word) reading = reading.then(() => read(word.read));
      else wake();
    },
    async end() {
      isOver = true;
      wake();
      await reading;
      if (failure !== undefined) throw failure.error;
    },
  };
}

/** Rows in pieces that fill a place each, but for the last one. */
function piecesOf(rows: Rows | undefined) {
  const chunks = rows?.chunks()[Symbol.asyncIterator]();
  let chunk: Chunk | LabelledChunk = { rowCount: 0, columns: [] };
  let from = 0;
  return {
    /** @returns how many rows lie there now, 0 behind the last one */
    layInto: async (place: Place): Promise<number> => {
      if (chunks === undefined) throw new RangeError("libxgboost asked for customers that there aren't");
      let filled = 0;
      while (filled < place.label.length) {
        if (from === chunk.rowCount) {
          const next = await chunks.next();
          if (next.done === true) break;
          chunk = next.value;
          from = 0;
        }
        const count = Math.min(chunk.rowCount - from, place.label.length - filled);
        lay(chunk, { from, count }, place, filled);
        from += count;
        filled += count;
      }
      return filled;
    },
    end: () => chunks?.return?.(),
  };
}

/** Some rows of a chunk, from a place's `row` on. */
function lay(chunk: Chunk | LabelledChunk, { from, count }: { from: number; count: number }, place: Place, row: number) {
  putRows(chunk.columns, { start: from, size: count }, place.values.subarray(row * chunk.columns.length));
  if ("label" in chunk) place.label.set(chunk.label.subarray(from, from + count), row);
}

/** Wakes the thread, where it waits for this place. */
function hand({ state }: Place, rows: number): void {
  Atomics.store(state, 0, rows);
  Atomics.notify(state, 0);
}

function* around<T>(ring: readonly T[]): Generator<T, never> {
  while (true) yield* ring;
}
