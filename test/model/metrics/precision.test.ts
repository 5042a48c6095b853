import fc from "fast-check";
import { expect, test } from "vitest";
import { precision, precisionScore } from "../../../src/lib/model/metrics/precision.ts";
import { recallScore } from "../../../src/lib/model/metrics/recall.ts";
import { goldenCases, judged, predicted } from "../../support/golden-metrics.ts";

test("200 random cases have scikit-learn's values", async () => {
  for (const { golden, yTrue, yPred } of await goldenCases())
    expect(precisionScore(yTrue, yPred)).toBeCloseTo(golden.precision, 12);
});

test("truth and prediction change places, and it becomes recall", () => {
  fc.assert(
    fc.property(predicted, ({ yTrue, yPred }) => {
      expect(precisionScore(yPred, yTrue)).toBe(recallScore(yTrue, yPred));
    }),
  );
});

test("it is the share of predicted churners who churned", () => {
  expect(precision.score(judged([1, 0, 0, 1], [1, 1, 1, 0]))).toBe(1 / 3);
  expect(precision.shown(1 / 3)).toBe("0.333");
});

test("it is undefined where nobody is predicted to churn, whoever churned", () => {
  const why = (yTrue: number[], yPred: number[]) => precision.whyUndefined?.(judged(yTrue, yPred).confusion);
  expect(why([1, 0], [0, 0])).toBe("no customer is predicted to churn");
  expect(precision.score(judged([1, 0], [0, 0]))).toBe(0);
  expect(why([0, 1], [1, 0])).toBeUndefined();
  expect(why([1, 0], [1, 0])).toBeUndefined();
});
