import fc from "fast-check";
import { expect, test } from "vitest";
import { accuracy, accuracyScore } from "../../../src/lib/model/metrics/accuracy.ts";
import { goldenCases, judged, predicted } from "../../support/golden-metrics.ts";

test("200 random cases have scikit-learn's values", async () => {
  for (const { golden, yTrue, yPred } of await goldenCases())
    expect(accuracyScore(yTrue, yPred)).toBeCloseTo(golden.accuracy, 12);
});

test("truth and prediction may change places", () => {
  fc.assert(
    fc.property(predicted, ({ yTrue, yPred }) => {
      expect(accuracyScore(yPred, yTrue)).toBe(accuracyScore(yTrue, yPred));
    }),
  );
});

test("it judges what was predicted, and is always defined", () => {
  expect(accuracy.score(judged([1, 0, 1, 0], [1, 0, 0, 0], [0.1, 0.2, 0.3, 0.4]))).toBe(0.75);
  expect(accuracy.whyUndefined).toBeUndefined();
  expect(accuracy.shown(0.75)).toBe("0.750");
});
