import { expect, test } from "vitest";
import { recall, recallScore } from "../../../src/lib/model/metrics/recall.ts";
import { goldenCases, judged } from "../../support/golden-metrics.ts";

test("200 random cases have scikit-learn's values", async () => {
  for (const { golden, yTrue, yPred } of await goldenCases())
    expect(recallScore(yTrue, yPred)).toBeCloseTo(golden.recall, 12);
});

test("it is the share of churners who were predicted to churn", () => {
  expect(recall.score(judged([1, 1, 1, 0], [1, 0, 0, 1]))).toBe(1 / 3);
  expect(recall.shown(1 / 3)).toBe("0.333");
});

test("it is undefined where nobody churned, whoever is predicted to", () => {
  const why = (yTrue: number[], yPred: number[]) => recall.whyUndefined?.(judged(yTrue, yPred).confusion);
  expect(why([0, 0], [1, 0])).toBe("no test customer churned");
  expect(recall.score(judged([0, 0], [1, 0]))).toBe(0);
  expect(why([1, 0], [0, 1])).toBeUndefined();
  expect(why([1, 0], [1, 0])).toBeUndefined();
});
