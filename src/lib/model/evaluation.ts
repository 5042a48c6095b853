import * as z from "zod";
import { defineFormat, upgrade } from "../artifacts/format.ts";
import { InputError } from "../errors.ts";
import { importanceList, shapSummary } from "./explain/format.ts";
import { confusionMatrix } from "./metrics/confusion-matrix.ts";
import { f1 } from "./metrics/f1.ts";
import type { Metric } from "./metrics/metric.ts";
import { metrics as allMetrics } from "./metrics/metrics.ts";

const rows = z.int().nonnegative();

/**
 * A model's figures on test customers, as files hold them: F1, by which models are compared, and others by their names. An
 * older file may lack some and a newer one may have more. JSON has no NaN: what is undefined and has no agreed value is null.
 */
export const classificationMetrics = z
  .object({ f1: f1.schema })
  .catchall(z.number().nullable())
  .superRefine((figures, context) => {
    for (const { name, schema } of allMetrics) {
      const issue = name in figures ? schema.safeParse(figures[name]).error?.issues[0] : undefined;
      if (issue !== undefined) context.addIssue({ code: "custom", path: [name], message: issue.message });
    }
  })
  .describe("F1 and others by their names; null where one is undefined on these customers");
export type ClassificationMetrics = z.infer<typeof classificationMetrics>;

const share = z.number().min(0).max(1);

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
  importance: importanceList.nullable(),
  shap: shapSummary.nullable(),
  explained_by: z
    .string()
    .nullable()
    .describe("whose code computed importance and shap: churn's, or libxgboost of a version; they agree to 1e-5"),
  warnings: z.array(z.string()),
});

/** Before models were explained. */
const report2 = evaluationReport.omit({ importance: true, shap: true, explained_by: true });

export const evaluationFormat = defineFormat({
  version: 3,
  schema: evaluationReport,
  upgrades: {
    1: upgrade(report2.extend({ metrics: metricsOf1 }), report2, (old) => old),
    2: upgrade(report2, evaluationReport, (old) => ({ ...old, importance: null, shap: null, explained_by: null })),
  },
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
 * Judges probabilities by what happened.
 *
 * A customer is predicted to churn when the probability is above the threshold, strictly; a float32 probability is compared
 * as the double that it is. An undefined metric has scikit-learn's value (precision, recall and F1 are 0) or null (AUC,
 * where scikit-learn says NaN), and a warning.
 *
 * @param yTrue        1 = churned, 0 = stayed; shape (nRows,)
 * @param probability  of churn; shape (nRows,)
 * @param list         the metrics to compute, F1 among them
 * @throws {InputError} when there are no customers to judge
 */
export function evaluate(
  yTrue: Uint8Array,
  probability: Float32Array,
  threshold: number,
  list: readonly Metric[] = allMetrics,
): Evaluation {
  if (yTrue.length === 0)
    throw new InputError("there are no test customers to judge the model on", "a larger split.test in churn.yaml");
  const predicted = new Uint8Array(probability.length);
  for (let row = 0; row < predicted.length; row += 1) predicted[row] = (probability[row] ?? 0) > threshold ? 1 : 0;
  const counts = confusionMatrix(yTrue, predicted);
  const judged = { yTrue, probability, yPred: predicted, confusion: counts };
  const scored = list.map((metric) => {
    const score = metric.score(judged);
    return { metric, value: Number.isNaN(score) ? null : score };
  });
  return {
    metrics: classificationMetrics.parse(Object.fromEntries(scored.map(({ metric, value }) => [metric.name, value]))),
    confusion: {
      true_positives: counts.truePositives,
      false_positives: counts.falsePositives,
      false_negatives: counts.falseNegatives,
      true_negatives: counts.trueNegatives,
    },
    predicted,
    warnings: scored.flatMap(({ metric, value }) => {
      const why = metric.whyUndefined?.(counts);
      return why === undefined
        ? []
        : [`${metric.title} is undefined${value === null ? "" : ` and set to ${value}`}: ${why}`];
    }),
  };
}
