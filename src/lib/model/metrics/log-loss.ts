import * as z from "zod";
import { metric } from "../../cli/numbers.ts";
import type { Metric } from "./metric.ts";
import { checkRows } from "./rows.ts";

export const logLossMetric: Metric = {
  name: "log_loss",
  title: "log loss",
  schema: z.number().nonnegative().describe("mean of -log(the probability given to what happened)"),
  score: ({ yTrue, probability }) => logLoss(yTrue, probability),
  shown: metric,
};

/**
 * Log loss: the mean of -log(the probability that was given to what happened).
 *
 * Probabilities are kept away from 0 and 1 by the step size of their type (2^-23 for float32, 2^-52 for double), so that
 * one confident mistake doesn't make the loss infinite. The sum is compensated: row order doesn't matter within 1e-15.
 *
 * @param yTrue        label a row; shape (nRows,)
 * @param probability  of churn, 0 to 1; shape (nRows,)
 * @returns            0 or more, lower is better; log 2 = 0.693 for guessing 0.5 throughout
 * @throws {RangeError} when lengths differ, there are no rows, or a probability is not from 0 to 1
 * @see scikit-learn, log_loss(labels=[0, 1]): equal to 1e-12 for doubles; it sums float32 in float32, equal to 1e-5 there
 */
export function logLoss(yTrue: Uint8Array, probability: Float32Array | Float64Array): number {
  checkRows(yTrue, probability);
  const step = probability instanceof Float32Array ? 2 ** -23 : 2 ** -52;
  let sum = 0;
  let lost = 0;
  for (let row = 0; row < yTrue.length; row += 1) {
    const churn = probability[row] ?? Number.NaN;
    if (!(churn >= 0 && churn <= 1)) throw new RangeError(`${churn} is no probability`);
    const given = yTrue[row] === 1 ? churn : 1 - churn;
    const loss = -Math.log(Math.min(Math.max(given, step), 1 - step));
    // Neumaier's sum: `lost` gathers the digits that `sum` can't hold.
    const next = sum + loss;
    lost += Math.abs(sum) >= loss ? sum - next + loss : loss - next + sum;
    sum = next;
  }
  return (sum + lost) / yTrue.length;
}
