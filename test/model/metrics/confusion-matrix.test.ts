import fc from "fast-check";
import { expect, test } from "vitest";
import { confusionMatrix, share } from "../../../src/lib/model/metrics/confusion-matrix.ts";
import { flip, goldenCases, predicted } from "../../support/golden-metrics.ts";

test("200 random cases have scikit-learn's counts", async () => {
  for (const { golden, yTrue, yPred } of await goldenCases()) {
    const [truePositives, falsePositives, falseNegatives, trueNegatives] = golden.confusion;
    expect(confusionMatrix(yTrue, yPred)).toEqual({ truePositives, falsePositives, falseNegatives, trueNegatives });
  }
});

test("it adds up to the rows, and flipping both sides turns it round", () => {
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

test("what can't be counted is a defect of the caller", () => {
  expect(() => confusionMatrix(new Uint8Array(), new Uint8Array())).toThrow("no rows to judge");
  expect(() => confusionMatrix(Uint8Array.of(1), Uint8Array.of(1, 0))).toThrow("1 labels for 2 rows");
});

test("a share of nothing is 0", () => {
  expect([share(1, 4), share(4, 4), share(0, 4), share(0, 0)]).toEqual([0.25, 1, 0, 0]);
});
