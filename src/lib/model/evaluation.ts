import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { InputError } from "../errors.ts";
import {
  accuracyScore,
  confusionMatrix,
  f1Score,
  logLoss,
  precisionScore,
  recallScore,
  rocAucScore,
} from "./metrics.ts";

const share = z.number().min(0).max(1);
const rows = z.int().nonnegative();

/** A model's figures on test customers, as records hold them. JSON has no NaN: what is undefined and has no agreed value is null. */
export const classificationMetrics = z.strictObject({
  accuracy: share,
  precision: share,
  recall: share,
  f1: share,
  auc_roc: share.nullable().describe("null where only one class is present"),
  log_loss: z.number().nonnegative(),
});
export type ClassificationMetrics = z.infer<typeof classificationMetrics>;

/** The metrics that 1.0.0 wrote, in reports and results of version 1. */
export const metricsOf1 = z.strictObject({
  accuracy: share,
  precision: share,
  recall: share,
  f1: share,
  auc_roc: share.nullable().describe("null where only one class is present"),
  log_loss: z.number().nonnegative(),
});

export const confusion = z.strictObject({
  true_positives: rows,
  false_positives: rows,
  false_negatives: rows,
  true_negatives: rows,
});

/** models/NIGHT/evaluation.json: the new model on the night's test customers. */
const evaluationReport = z.strictObject({
  threshold: z.number(),
  rows: z.int().positive(),
  positives: z.int().nonnegative(),
  metrics: classificationMetrics,
  confusion_matrix: confusion,
  warnings: z.array(z.string()),
});

export const evaluationFormat = defineFormat({
  version: 2,
  schema: evaluationReport,
  upgrades: { 1: upgrade(evaluationReport.extend({ metrics: metricsOf1 }), evaluationReport, (old) => old) },
});

export interface Evaluation {
  readonly metrics: ClassificationMetrics;
  readonly confusion: z.infer<typeof confusion>;
  /** 1 where the probability is above the threshold; shape (nRows,) */
  readonly predicted: Uint8Array;
  /** a sentence for each metric that is undefined on these customers */
  readonly warnings: readonly string[];
}

/**
 * TestCustomers probabilities against what happened.
 *
 * A customer is predicted to churn when the probability is above the threshold, strictly; a float32 probability is compared
 * as the double that it is. An undefined metric has scikit-learn's value (precision, recall and F1 are 0) or null (AUC,
 * where scikit-learn says NaN), and a warning.
 *
 * @param yTrue        1 = churned, 0 = stayed; shape (nRows,)
 * @param probability  of churn; shape (nRows,)
 * @throws {InputError} when there are no customers to judge
 */
export function evaluate(yTrue: Uint8Array, probability: Float32Array, threshold: number): Evaluation {
  if (yTrue.length === 0) throw new InputError("there are no test customers to judge the model on");
  const predicted = Uint8Array.from(probability, (churn) => Number(churn > threshold));
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = confusionMatrix(yTrue, predicted);
  const churned = truePositives + falseNegatives;
  const stayed = trueNegatives + falsePositives;
  const predictedChurners = truePositives + falsePositives;
  const auc = rocAucScore(yTrue, probability);

  const undefinedMetrics: readonly [boolean, string][] = [
    [predictedChurners === 0, "precision is undefined and set to 0: no customer is predicted to churn"],
    [churned === 0, "recall is undefined and set to 0: no test customer churned"],
    [churned + predictedChurners === 0, "F1 is undefined and set to 0: no test customer churned or is predicted to"],
    [churned === 0 || stayed === 0, `AUC is undefined: every test customer ${churned === 0 ? "stayed" : "churned"}`],
  ];
  return {
    metrics: {
      accuracy: accuracyScore(yTrue, predicted),
      precision: precisionScore(yTrue, predicted),
      recall: recallScore(yTrue, predicted),
      f1: f1Score(yTrue, predicted),
      auc_roc: Number.isNaN(auc) ? null : auc,
      log_loss: logLoss(yTrue, probability),
    },
    confusion: {
      true_positives: truePositives,
      false_positives: falsePositives,
      false_negatives: falseNegatives,
      true_negatives: trueNegatives,
    },
    predicted,
    warnings: undefinedMetrics.flatMap(([holds, warning]) => (holds ? [warning] : [])),
  };
}
