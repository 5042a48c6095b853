import type { Columns, Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";
import { featureColumns, probabilityOf, requireTime } from "../model/booster.ts";
import type { Scorer } from "../model/scorer.ts";
import type { Matrix } from "./matrix.ts";
import { putRows } from "./rows.ts";

/** What the values of a block may take. */
const MOST_BYTES = 4_194_304;

interface Expected {
  /** customers */
  readonly rows: number;
  /** what to throw where there are more or fewer, if that can be; it is told how many */
  readonly otherwise?: (found: number) => Error;
  /** when it has to be done, as performance.now() counts */
  readonly deadline?: number | undefined;
}

/**
 * Scores a relation's customers in its order. The matrix streams by, some thousand rows at a time, and nothing is kept of it but
 * the probabilities; while a block is scored the next one is read.
 *
 * @param relation  SQL that stands behind FROM, with a column for each feature of the model
 * @returns         of churn; shape (rows,)
 * @throws {InputError} when the time is over, or what the model predicts is no probability
 */
export function scoreRelation(
  db: Database,
  relation: string,
  scorer: Scorer,
  expected: Expected,
): Promise<Float32Array> {
  const features = scorer.booster.featureNames.map(identifier).join(", ");
  return score(db.chunks(`SELECT ${features} FROM ${relation}`), scorer, expected);
}

/**
 * Scores a matrix that is in memory.
 *
 * @returns  of churn; shape (rowCount,)
 * @throws {InputError} when it lacks a feature of the model, or likewise
 */
export async function scoreMatrix(matrix: Matrix, scorer: Scorer): Promise<Float32Array> {
  const { rowCount, featureNames } = matrix;
  const columns = featureColumns(scorer.booster, matrix);
  return score([{ rowCount, names: featureNames, columns }], scorer, { rows: rowCount });
}

async function score(
  parts: AsyncIterable<Columns> | Iterable<Columns>,
  scorer: Scorer,
  {
    rows,
    otherwise = (found) => new RangeError(`${found} customers, not ${rows}`),
    deadline = Number.POSITIVE_INFINITY,
  }: Expected,
): Promise<Float32Array> {
  const width = scorer.booster.featureNames.length;
  const blockRows = Math.max(1, Math.min(scorer.blockRows, Math.floor(MOST_BYTES / (4 * width))));
  const margins = sharedFloats(rows);
  // One is filled while the other is scored.
  let block = sharedFloats(blockRows * width);
  let other = sharedFloats(blockRows * width);
  let [found, first, filled] = [0, 0, 0];
  let scored: Promise<void> = Promise.resolve();
  const handOn = async () => {
    await scored;
    requireTime(deadline);
    scored = scorer.margins(block.subarray(0, filled * width), margins.subarray(first, first + filled), deadline);
    // Told where it is waited for.
    scored.catch(() => undefined);
    [block, other] = [other, block];
    [first, filled] = [first + filled, 0];
  };
  try {
    for await (const { rowCount, columns } of parts) {
      found += rowCount;
      for (let start = 0; start < rowCount && first + filled < rows; ) {
        const size = Math.min(rowCount - start, blockRows - filled, rows - first - filled);
        putRows(columns, { start, size }, block.subarray(filled * width));
        [start, filled] = [start + size, filled + size];
        if (filled === blockRows) await handOn();
      }
    }
    if (filled > 0) await handOn();
    await scored;
  } finally {
    // The blocks are in use until then.
    await scored.catch(() => undefined);
  }
  if (found !== rows) throw otherwise(found);
  return probabilityOf(scorer.booster, margins);
}

function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}
