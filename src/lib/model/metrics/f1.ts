import { metric } from "../../cli/numbers.ts";
import { confusionMatrix, share } from "./confusion-matrix.ts";
import { type Metric, unitInterval } from "./metric.ts";

/** The metric that decides whether a model is registered, so every file has it. */
export const f1 = {
  name: "f1",
  title: "F1",
  schema: unitInterval.describe("harmonic mean of precision and recall"),
  score: ({ yTrue, yPred }) => f1Score(yTrue, yPred),
  whyUndefined: ({ truePositives, falsePositives, falseNegatives }) =>
    truePositives + falsePositives + falseNegatives === 0 ? "no test customer churned or is predicted to" : undefined,
  shown: metric,
} satisfies Metric;

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
