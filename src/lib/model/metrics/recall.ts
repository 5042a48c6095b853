import { metric } from "../../cli/numbers.ts";
import { confusionMatrix, share } from "./confusion-matrix.ts";
import { type Metric, unitInterval } from "./metric.ts";

export const recall: Metric = {
  name: "recall",
  title: "recall",
  schema: unitInterval.describe("share of churners who were predicted to churn"),
  score: ({ yTrue, yPred }) => recallScore(yTrue, yPred),
  whyUndefined: ({ truePositives, falseNegatives }) =>
    truePositives + falseNegatives === 0 ? "no test customer churned" : undefined,
  shown: metric,
};

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
