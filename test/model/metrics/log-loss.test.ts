import fc from "fast-check";
import { expect, test } from "vitest";
import { logLoss, logLossMetric } from "../../../src/lib/model/metrics/log-loss.ts";
import { flip, goldenCases, judged, scored } from "../../support/golden-metrics.ts";

test("200 random cases have scikit-learn's values", async () => {
  for (const { golden, yTrue, probability } of await goldenCases()) {
    expect(logLoss(yTrue, probability)).toBeCloseTo(golden.log_loss, 12);
    // scikit-learn sums float32 in float32: 24 bits of a sum that is at most 16 a row.
    expect(logLoss(yTrue, Float32Array.from(probability))).toBeCloseTo(golden.log_loss_float32, 5);
  }
});

test("it doesn't depend on the order of rows, and turning both sides round changes nothing", () => {
  fc.assert(
    fc.property(scored, ({ yTrue, score }) => {
      const loss = logLoss(yTrue, score);
      const opposite = score.map((churn) => 1 - churn);
      expect(loss).toBeGreaterThanOrEqual(0);
      expect(logLoss(yTrue.toReversed(), score.toReversed())).toBeCloseTo(loss, 14);
      expect(logLoss(flip(yTrue), opposite)).toBeCloseTo(loss, 12);
    }),
  );
});

test("a confident mistake costs as much as the probability's type can tell from certainty", () => {
  expect(logLoss(Uint8Array.of(1), Float64Array.of(0))).toBe(-Math.log(2 ** -52));
  expect(logLoss(Uint8Array.of(0), Float64Array.of(1))).toBe(-Math.log(2 ** -52));
  expect(logLoss(Uint8Array.of(1), Float32Array.of(0))).toBe(-Math.log(2 ** -23));
  expect(logLoss(Uint8Array.of(1), Float64Array.of(1))).toBe(-Math.log(1 - 2 ** -52));
});

test("small losses aren't lost in a large sum", () => {
  // One confident mistake, then a million rows whose losses are each a ten-millionth.
  const rows = 1_000_001;
  const yTrue = new Uint8Array(rows).fill(1);
  const probability = new Float64Array(rows).fill(Math.exp(-1e-7));
  probability[0] = 0;
  const small = -Math.log(Math.exp(-1e-7));
  expect(logLoss(yTrue, probability)).toBeCloseTo((-Math.log(2 ** -52) + 1e6 * small) / rows, 19);
  expect(logLoss(yTrue, probability.toReversed())).toBeCloseTo((-Math.log(2 ** -52) + 1e6 * small) / rows, 19);
});

test("what is no probability is a defect of the caller, and so are labels of other rows", () => {
  for (const value of [1.5, -0.001, Number.NaN])
    expect(() => logLoss(Uint8Array.of(1), Float64Array.of(value))).toThrow(
      new RangeError(`${value} is no probability`),
    );
  expect(() => logLoss(Uint8Array.of(1, 0), Float64Array.of(0.5))).toThrow(new RangeError("2 labels for 1 rows"));
});

test("as a metric it judges probabilities, and is always defined", () => {
  expect(logLossMetric.score(judged([1, 0], [0, 0], [0.5, 0.5]))).toBeCloseTo(Math.log(2), 15);
  expect(logLossMetric.whyUndefined).toBeUndefined();
  expect(logLossMetric.shown(Math.log(2))).toBe("0.693");
});
