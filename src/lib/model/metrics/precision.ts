import { metric } from "../../cli/numbers.ts";
import { confusionMatrix, share } from "./confusion-matrix.ts";
import { type Metric, unitInterval } from "./metric.ts";

export const precision: Metric = {
  name: "precision",
  title: "precision",
  schema: unitInterval.describe("share of predicted churners who churned"),
  score: ({ yTrue, yPred }) => precisionScore(yTrue, yPred),
  whyUndefined: ({ truePositives, falsePositives }) =>
    truePositives + falsePositives === 0 ? "no customer is predicted to churn" : undefined,
  shown: metric,
};

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
