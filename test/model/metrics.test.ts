import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import {
  accuracyScore,
  confusionMatrix,
  f1Score,
  logLoss,
  precisionScore,
  recallScore,
  rocAucScore,
} from "../../src/lib/model/metrics.ts";

const goldenFile = z.object({
  cases: z.array(
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
  ),
});

test("200 random cases have scikit-learn's values", async () => {
  const { cases } = goldenFile.parse(
    JSON.parse(await readFile(new URL("../golden/metrics.json", import.meta.url), "utf8")),
  );
  expect(cases).toHaveLength(200);
  for (const golden of cases) {
    const yTrue = Uint8Array.from(golden.y_true, Number);
    const probability = Float64Array.from(golden.parts, (part) => part / 4096);
    const yPred = Uint8Array.from(probability, (churn) => Number(churn > golden.threshold));
    const [truePositives, falsePositives, falseNegatives, trueNegatives] = golden.confusion;
    expect(confusionMatrix(yTrue, yPred)).toEqual({ truePositives, falsePositives, falseNegatives, trueNegatives });
    expect(accuracyScore(yTrue, yPred)).toBeCloseTo(golden.accuracy, 12);
    expect(precisionScore(yTrue, yPred)).toBeCloseTo(golden.precision, 12);
    expect(recallScore(yTrue, yPred)).toBeCloseTo(golden.recall, 12);
    expect(f1Score(yTrue, yPred)).toBeCloseTo(golden.f1, 12);
    if (golden.auc_roc === null) expect(rocAucScore(yTrue, probability)).toBeNaN();
    else expect(rocAucScore(yTrue, probability)).toBeCloseTo(golden.auc_roc, 12);
    expect(logLoss(yTrue, probability)).toBeCloseTo(golden.log_loss, 12);
    // scikit-learn sums float32 in float32: 24 bits of a sum that is at most 16 a row.
    expect(logLoss(yTrue, Float32Array.from(probability))).toBeCloseTo(golden.log_loss_float32, 5);
  }
});

/** Labels with scores, many of them tied. */
const scored = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 20 })), { minLength: 1, maxLength: 60 })
  .map((rows) => ({
    yTrue: Uint8Array.from(rows, ([churned]) => Number(churned)),
    score: Float64Array.from(rows, ([, score]) => score / 20),
  }));
const predicted = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 60 }).map((rows) => ({
  yTrue: Uint8Array.from(rows, ([truth]) => Number(truth)),
  yPred: Uint8Array.from(rows, ([, prediction]) => Number(prediction)),
}));
const flip = (labels: Uint8Array) => labels.map((label) => 1 - label);

describe("the area under the ROC curve", () => {
  test("equals its slow twin, which looks at every pair", () => {
    fc.assert(
      fc.property(scored, ({ yTrue, score }) => {
        const pairs = Array.from(score).flatMap((high, churned) =>
          Array.from(score).flatMap((low, stayed) =>
            yTrue[churned] === 1 && yTrue[stayed] === 0 ? [high > low ? 1 : high === low ? 0.5 : 0] : [],
          ),
        );
        const twin = pairs.reduce<number>((sum, pair) => sum + pair, 0) / pairs.length;
        expect(rocAucScore(yTrue, score)).toBe(twin);
      }),
    );
  });

  test("doesn't change under a rising map, nor with the order of rows", () => {
    fc.assert(
      fc.property(scored, ({ yTrue, score }) => {
        const area = rocAucScore(yTrue, score);
        expect(
          rocAucScore(
            yTrue,
            score.map((value) => Math.exp(3 * value) - 7),
          ),
        ).toBe(area);
        expect(rocAucScore(yTrue.toReversed(), score.toReversed())).toBe(area);
      }),
    );
  });

  test("of the opposite ranking is what is left to 1", () => {
    fc.assert(
      fc.property(scored, ({ yTrue, score }) => {
        const area = rocAucScore(yTrue, score);
        fc.pre(!Number.isNaN(area));
        expect(
          rocAucScore(
            yTrue,
            score.map((value) => -value),
          ),
        ).toBeCloseTo(1 - area, 12);
        expect(rocAucScore(flip(yTrue), score)).toBeCloseTo(1 - area, 12);
      }),
    );
  });
});

test("the confusion matrix adds up to the rows, and flipping both sides turns it round", () => {
  fc.assert(
    fc.property(predicted, ({ yTrue, yPred }) => {
      const { truePositives, falsePositives, falseNegatives, trueNegatives } = confusionMatrix(yTrue, yPred);
      expect(truePositives + falsePositives + falseNegatives + trueNegatives).toBe(yTrue.length);
      expect(confusionMatrix(flip(yTrue), flip(yPred))).toEqual({
        truePositives: trueNegatives,
        falsePositives: falseNegatives,
        falseNegatives: falsePositives,
        trueNegatives: truePositives,
      });
    }),
  );
});

test("truth and prediction may change places in F1 and accuracy; precision becomes recall", () => {
  fc.assert(
    fc.property(predicted, ({ yTrue, yPred }) => {
      expect(f1Score(yPred, yTrue)).toBe(f1Score(yTrue, yPred));
      expect(accuracyScore(yPred, yTrue)).toBe(accuracyScore(yTrue, yPred));
      expect(precisionScore(yPred, yTrue)).toBe(recallScore(yTrue, yPred));
    }),
  );
});

test("F1 is the harmonic mean of precision and recall and lies between them", () => {
  fc.assert(
    fc.property(predicted, ({ yTrue, yPred }) => {
      const [precision, recall] = [precisionScore(yTrue, yPred), recallScore(yTrue, yPred)];
      fc.pre(precision + recall > 0);
      const f1 = f1Score(yTrue, yPred);
      expect(f1).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
      expect(f1).toBeGreaterThanOrEqual(Math.min(precision, recall) - 1e-12);
      expect(f1).toBeLessThanOrEqual(Math.max(precision, recall) + 1e-12);
    }),
  );
});

test("log loss doesn't depend on the order of rows, and turning both sides round changes nothing", () => {
  fc.assert(
    fc.property(scored, ({ yTrue, score }) => {
      const loss = logLoss(yTrue, score);
      expect(loss).toBeGreaterThanOrEqual(0);
      expect(logLoss(yTrue.toReversed(), score.toReversed())).toBeCloseTo(loss, 14);
      expect(
        logLoss(
          flip(yTrue),
          score.map((churn) => 1 - churn),
        ),
      ).toBeCloseTo(loss, 12);
    }),
  );
});

test("what no metric can answer is a defect of the caller", () => {
  expect(() => confusionMatrix(new Uint8Array(), new Uint8Array())).toThrow("no rows to judge");
  expect(() => f1Score(Uint8Array.of(1), Uint8Array.of(1, 0))).toThrow("1 labels for 2 rows");
  expect(() => rocAucScore(Uint8Array.of(1, 0), Float64Array.of(1, Number.NaN))).toThrow("a score is NaN");
  expect(() => logLoss(Uint8Array.of(1), Float64Array.of(1.5))).toThrow("1.5 is no probability");
});
