/**
 * How well a classifier did, as scikit-learn 1.9 computes it (golden/metrics.json holds its values). Labels and predictions
 * are 1 = churned, 0 = stayed. Scores are pure: lengths that differ, or no rows at all, are a defect of the caller.
 */

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
  checkLengths(yTrue, yPred);
  const counts = [0, 0, 0, 0];
  for (const [row, truth] of yTrue.entries()) {
    const cell = 2 * truth + (yPred[row] ?? 0);
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  const [trueNegatives = 0, falsePositives = 0, falseNegatives = 0, truePositives = 0] = counts;
  return { truePositives, falsePositives, falseNegatives, trueNegatives };
}

/**
 * Accuracy: the share of rows that were predicted right, (TP + TN) / rows.
 *
 * @param yTrue  label a row; shape (nRows,)
 * @param yPred  predicted label a row; shape (nRows,)
 * @returns 0 to 1, higher is better
 * @see scikit-learn, accuracy_score
 */
export function accuracyScore(yTrue: Uint8Array, yPred: Uint8Array): number {
  const { truePositives, trueNegatives } = confusionMatrix(yTrue, yPred);
  return (truePositives + trueNegatives) / yTrue.length;
}

/**
 * Precision: the share of predicted churners who churned, TP / (TP + FP).
 *
 * @param yTrue  label a row; shape (nRows,)
 * @param yPred  predicted label a row; shape (nRows,)
 * @returns 0 to 1, higher is better; 0 where nobody was predicted to churn and precision is undefined
 * @see scikit-learn, precision_score(zero_division="warn")
 */
export function precisionScore(yTrue: Uint8Array, yPred: Uint8Array): number {
  const { truePositives, falsePositives } = confusionMatrix(yTrue, yPred);
  return share(truePositives, truePositives + falsePositives);
}

/**
 * Recall: the share of churners who were predicted to churn, TP / (TP + FN).
 *
 * @param yTrue  label a row; shape (nRows,)
 * @param yPred  predicted label a row; shape (nRows,)
 * @returns 0 to 1, higher is better; 0 where nobody churned and recall is undefined
 * @see scikit-learn, recall_score(zero_division="warn")
 */
export function recallScore(yTrue: Uint8Array, yPred: Uint8Array): number {
  const { truePositives, falseNegatives } = confusionMatrix(yTrue, yPred);
  return share(truePositives, truePositives + falseNegatives);
}

/**
 * F1: the harmonic mean of precision and recall, 2 TP / (2 TP + FP + FN). Truth and prediction may change places.
 *
 * @param yTrue  label a row; shape (nRows,)
 * @param yPred  predicted label a row; shape (nRows,)
 * @returns 0 to 1, higher is better; 0 where nobody churned nor was predicted to, and F1 is undefined
 * @see scikit-learn, f1_score(zero_division="warn")
 */
export function f1Score(yTrue: Uint8Array, yPred: Uint8Array): number {
  const { truePositives, falsePositives, falseNegatives } = confusionMatrix(yTrue, yPred);
  return share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives);
}

/**
 * Area under the ROC curve: the chance that a random churner has a higher score than a random customer who stayed, equal
 * scores counting half. Pairs are counted in whole numbers, so row order never matters.
 *
 * @param yTrue   label a row; shape (nRows,)
 * @param yScore  probability of churn, or any score that grows with it; no NaN; shape (nRows,)
 * @returns       0 to 1, higher is better, 0.5 for a random ranking; NaN where yTrue has one class and the area is undefined
 * @throws {RangeError} when lengths differ, there are no rows, or a score is NaN
 * @example       rocAucScore(Uint8Array.of(0, 0, 1, 1), Float64Array.of(0.1, 0.4, 0.35, 0.8)) // 0.75
 * @see scikit-learn, roc_auc_score: equal to 1e-12. Time O(n log n), inputs not copied but for the scores of each class.
 */
export function rocAucScore(yTrue: Uint8Array, yScore: Float32Array | Float64Array): number {
  checkLengths(yTrue, yScore);
  if (yScore.some((score) => Number.isNaN(score))) throw new RangeError("a score is NaN");
  const churned = Float64Array.from(yScore.filter((_, row) => yTrue[row] === 1)).sort();
  const stayed = Float64Array.from(yScore.filter((_, row) => yTrue[row] !== 1)).sort();
  // Twice the pairs in the right order, a tie once: a whole number, exact up to 2^53.
  let doubled = 0;
  let below = 0;
  let upTo = 0;
  for (const score of churned) {
    while (below < stayed.length && (stayed[below] ?? score) < score) below += 1;
    while (upTo < stayed.length && (stayed[upTo] ?? score) <= score) upTo += 1;
    doubled += below + upTo;
  }
  return doubled / (2 * churned.length * stayed.length);
}

/**
 * Log loss: the mean of -log(the probability that was given to what happened).
 *
 * Probabilities are kept away from 0 and 1 by the step size of their type (2^-23 for float32, 2^-52 for double), so that
 * one confident mistake doesn't make the loss infinite. The sum is compensated: row order doesn't matter within 1e-15.
 *
 * @param yTrue        label a row; shape (nRows,)
 * @param probability  of churn, 0 to 1; shape (nRows,)
 * @returns            0 or more, lower is better; log 2 = 0.693 for guessing 0.5 throughout
 * @throws {RangeError} when lengths differ, there are no rows, or a probability is not from 0 to 1
 * @see scikit-learn, log_loss(labels=[0, 1]): equal to 1e-12 for doubles; it sums float32 in float32, equal to 1e-5 there
 */
export function logLoss(yTrue: Uint8Array, probability: Float32Array | Float64Array): number {
  checkLengths(yTrue, probability);
  const step = probability instanceof Float32Array ? 2 ** -23 : 2 ** -52;
  let sum = 0;
  let lost = 0;
  for (const [row, churn] of probability.entries()) {
    if (!(churn >= 0 && churn <= 1)) throw new RangeError(`${churn} is no probability`);
    const given = yTrue[row] === 1 ? churn : 1 - churn;
    const loss = -Math.log(Math.min(Math.max(given, step), 1 - step));
    // Neumaier's sum: `lost` gathers the digits that `sum` can't hold.
    const next = sum + loss;
    lost += Math.abs(sum) >= loss ? sum - next + loss : loss - next + sum;
    sum = next;
  }
  return (sum + lost) / yTrue.length;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function checkLengths(yTrue: Uint8Array, other: Uint8Array | Float32Array | Float64Array): void {
  if (yTrue.length === 0) throw new RangeError("no rows to judge");
  if (yTrue.length !== other.length) throw new RangeError(`${yTrue.length} labels for ${other.length} rows`);
}
