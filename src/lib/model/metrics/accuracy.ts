import { metric } from "../../cli/numbers.ts";
import { confusionMatrix } from "./confusion-matrix.ts";
import { type Metric, unitInterval } from "./metric.ts";

export const accuracy: Metric = {
  name: "accuracy",
  title: "accuracy",
  schema: unitInterval.describe("share of customers predicted right"),
  score: ({ yTrue, yPred }) => accuracyScore(yTrue, yPred),
  shown: metric,
};

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
