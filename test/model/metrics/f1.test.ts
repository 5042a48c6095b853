import fc from "fast-check";
import { expect, test } from "vitest";
import { f1, f1Score } from "../../../src/lib/model/metrics/f1.ts";
import { precisionScore } from "../../../src/lib/model/metrics/precision.ts";
import { recallScore } from "../../../src/lib/model/metrics/recall.ts";
import { goldenCases, judged, predicted } from "../../support/golden-metrics.ts";

test("200 random cases have scikit-learn's values", async () => {
  for (const { golden, yTrue, yPred } of await goldenCases()) expect(f1Score(yTrue, yPred)).toBeCloseTo(golden.f1, 12);
});

test("truth and prediction may change places", () => {
  fc.assert(
    fc.property(predicted, ({ yTrue, yPred }) => {
      expect(f1Score(yPred, yTrue)).toBe(f1Score(yTrue, yPred));
    }),
  );
});

test("it is the harmonic mean of precision and recall and lies between them", () => {
  fc.assert(
    fc.property(predicted, ({ yTrue, yPred }) => {
      const [precision, recall] = [precisionScore(yTrue, yPred), recallScore(yTrue, yPred)];
      fc.pre(precision + recall > 0);
      const value = f1Score(yTrue, yPred);
      expect(value).toBeCloseTo((2 * precision * recall) / (precision + recall), 12);
      expect(value).toBeGreaterThanOrEqual(Math.min(precision, recall) - 1e-12);
      expect(value).toBeLessThanOrEqual(Math.max(precision, recall) + 1e-12);
    }),
  );
});

test("it is undefined only where nobody churned nor is predicted to", () => {
  const why = (yTrue: number[], yPred: number[]) => f1.whyUndefined(judged(yTrue, yPred).confusion);
  expect(why([0, 0], [0, 0])).toBe("no test customer churned or is predicted to");
  expect(f1.score(judged([0, 0], [0, 0]))).toBe(0);
  expect(why([1, 0], [0, 0])).toBeUndefined();
  expect(why([0, 0], [1, 0])).toBeUndefined();
  expect(why([1, 0], [0, 1])).toBeUndefined();
  expect(why([1, 0], [1, 0])).toBeUndefined();
});

test("labels of another number of rows are a defect of the caller", () => {
  expect(() => f1Score(Uint8Array.of(1), Uint8Array.of(1, 0))).toThrow("1 labels for 2 rows");
  expect(f1.shown(0.5644)).toBe("0.564");
});
