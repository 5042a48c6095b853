import { readFile } from "node:fs/promises";
import fc from "fast-check";
import * as z from "zod";
import { confusionMatrix } from "../../src/lib/model/metrics/confusion-matrix.ts";
import type { Judged } from "../../src/lib/model/metrics/metric.ts";

const file = z.object({
  cases: z
    .array(
      z.object({
        y_true: z.string(),
        parts: z.array(z.int()),
        threshold: z.number(),
        confusion: z.tuple([z.int(), z.int(), z.int(), z.int()]),
        accuracy: z.number(),
        precision: z.number(),
        recall: z.number(),
        f1: z.number(),
        auc_roc: z.number().nullable(),
        log_loss: z.number(),
        log_loss_float32: z.number(),
      }),
    )
    .length(200),
});

/** 200 random cases, and what scikit-learn makes of them. */
export async function goldenCases() {
  const { cases } = file.parse(JSON.parse(await readFile(new URL("../golden/metrics.json", import.meta.url), "utf8")));
  return cases.map((golden) => {
    const yTrue = Uint8Array.from(golden.y_true, Number);
    const probability = Float64Array.from(golden.parts, (part) => part / 4096);
    const yPred = Uint8Array.from(probability, (churn) => Number(churn > golden.threshold));
    return { golden, yTrue, yPred, probability };
  });
}

/** Labels with scores, many of them tied. */
export const scored = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 20 })), { minLength: 1, maxLength: 60 })
  .map((rows) => ({
    yTrue: Uint8Array.from(rows, ([churned]) => Number(churned)),
    score: Float64Array.from(rows, ([, score]) => score / 20),
  }));

/** Labels with predictions. */
export const predicted = fc
  .array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 60 })
  .map((rows) => ({
    yTrue: Uint8Array.from(rows, ([truth]) => Number(truth)),
    yPred: Uint8Array.from(rows, ([, prediction]) => Number(prediction)),
  }));

export const flip = (labels: Uint8Array) => labels.map((label) => 1 - label);

/** What metrics are computed from: rows of label, prediction and, where it matters, probability. */
export function judged(
  yTrue: readonly number[],
  yPred: readonly number[],
  probability: readonly number[] = yPred,
): Judged {
  const truth = Uint8Array.from(yTrue);
  const prediction = Uint8Array.from(yPred);
  return {
    yTrue: truth,
    yPred: prediction,
    probability: Float32Array.from(probability),
    confusion: confusionMatrix(truth, prediction),
  };
}
