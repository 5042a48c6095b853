import { checkRows } from "./rows.ts";

/** Rows by truth and prediction. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/**
 * Counts the rows of each truth and prediction; the four add up to the number of rows.
 *
 * @param yTrue  label a row; shape (nRows,)
 * @param yPred  predicted label a row; shape (nRows,)
 * @throws {RangeError} when lengths differ or there are no rows
 * @see scikit-learn, confusion_matrix(labels=[0, 1]) = [[trueNegatives, falsePositives], [falseNegatives, truePositives]]
 */
export function confusionMatrix(yTrue: Uint8Array, yPred: Uint8Array): Confusion {
  checkRows(yTrue, yPred);
  const counts = new Float64Array(4);
  for (let row = 0; row < yTrue.length; row += 1) {
    const cell = 2 * (yTrue[row] ?? 0) + (yPred[row] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  const [trueNegatives = 0, falsePositives = 0, falseNegatives = 0, truePositives = 0] = counts;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/** A share of rows; 0 where there are none to share, which scikit-learn's scores say with a warning. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
