import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { aucRoc, rocAucScore } from "../../../src/lib/model/metrics/auc-roc.ts";
import { flip, goldenCases, judged, scored } from "../../support/golden-metrics.ts";

test("200 random cases have scikit-learn's values", async () => {
  for (const { golden, yTrue, probability } of await goldenCases()) {
    if (golden.auc_roc === null) expect(rocAucScore(yTrue, probability)).toBeNaN();
    else expect(rocAucScore(yTrue, probability)).toBeCloseTo(golden.auc_roc, 12);
  }
});

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
        const risen = score.map((value) => Math.exp(3 * value) - 7);
        expect(rocAucScore(yTrue, risen)).toBe(area);
        expect(rocAucScore(yTrue.toReversed(), score.toReversed())).toBe(area);
      }),
    );
  });

  test("of the opposite ranking is what is left to 1", () => {
    fc.assert(
      fc.property(scored, ({ yTrue, score }) => {
        const area = rocAucScore(yTrue, score);
        fc.pre(!Number.isNaN(area));
        const opposite = score.map((value) => -value);
        expect(rocAucScore(yTrue, opposite)).toBeCloseTo(1 - area, 12);
        expect(rocAucScore(flip(yTrue), score)).toBeCloseTo(1 - area, 12);
      }),
    );
  });

  test("is nothing that rows without a score, or not as many as labels, could have", () => {
    expect(() => rocAucScore(Uint8Array.of(1, 0), Float64Array.of(1, Number.NaN))).toThrow(
      new RangeError("a score is NaN"),
    );
    expect(() => rocAucScore(Uint8Array.of(1), Float64Array.of(1, 0))).toThrow(new RangeError("1 labels for 2 rows"));
  });

  test("leaves labels and scores as they are", () => {
    const score = Float64Array.of(0.3, 0.1, 0.2);
    rocAucScore(Uint8Array.of(1, 1, 0), score);
    expect(score).toEqual(Float64Array.of(0.3, 0.1, 0.2));
  });
});

test("as a metric it judges probabilities, and is undefined where only one class is present", () => {
  expect(aucRoc.score(judged([0, 0, 1, 1], [0, 0, 0, 0], [0.125, 0.5, 0.25, 0.75]))).toBe(0.75);
  expect(aucRoc.shown(0.8275)).toBe("0.828");
  const why = (yTrue: number[], yPred: number[]) => aucRoc.whyUndefined?.(judged(yTrue, yPred).confusion);
  expect(why([0, 0], [0, 1])).toBe("every test customer stayed");
  expect(why([1, 1], [0, 1])).toBe("every test customer churned");
  expect(why([0, 1], [0, 0])).toBeUndefined();
  expect(why([0, 1], [1, 1])).toBeUndefined();
  expect(aucRoc.score(judged([1, 1], [0, 1]))).toBeNaN();
});
