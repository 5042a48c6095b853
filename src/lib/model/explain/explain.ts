import type { Matrix } from "../../matrix/matrix.ts";
import type { BoosterOfTrees } from "../booster.ts";
import type { Importance, Shap } from "./format.ts";
import { importanceOf } from "./importance.ts";
import { nodeStatistics } from "./node-statistics.ts";
import { planShap } from "./shap-plan.ts";
import { type Contributions, shapContributions } from "./tree-shap.ts";

/** Customers whose predictions are explained, at most. */
const MOST_ROWS = 128;
/** A mean over fewer would be close to a customer's own figures. */
const LEAST_ROWS = 10;
/** A step takes some 15 ns: two seconds in all. 100 trees of depth 5 take 11,000 a row, which is 20 ms for 128 rows. */
const MOST_STEPS = 100_000_000;
/** Further ones depend on the order in which sums are taken. */
const DIGITS = 6;

/** What a model goes by. */
export interface Explanation {
  /** null where the model doesn't say it */
  readonly importance: Importance | null;
  /** null where it can't be computed, and where the customers are fewer than ten */
  readonly shap: Shap | null;
  /** why the model can't be explained, as half a sentence */
  readonly problem: string | undefined;
}

/**
 * Explains a model by its trees and by what moves its predictions of some customers, of whom the means alone are given.
 *
 * A model that can't be explained is no failure. The work is bounded, whatever the trees are: a large model is explained by
 * fewer customers, one that is too large by none.
 *
 * @param sample  gives so many customers, or all where there are fewer
 * @throws {InputError} when these lack a feature of the model
 */
export async function explainModel(
  model: BoosterOfTrees,
  sample: (rows: number) => Promise<Matrix>,
): Promise<Explanation> {
  const { booster } = model;
  const statistics = nodeStatistics(model);
  if (typeof statistics === "string") return { importance: null, shap: null, problem: statistics };
  const importance = importanceOf(booster, statistics)
    .map(({ feature, gain, weight, cover }) => ({ feature, gain: rounded(gain), weight, cover: rounded(cover) }))
    .sort((a, b) => b.gain - a.gain);
  const without = (problem?: string): Explanation => ({ importance, shap: null, problem });

  const plan = planShap(booster, statistics);
  if (typeof plan === "string") return without(plan);
  const most = Math.min(MOST_ROWS, Math.floor(MOST_STEPS / plan.rowSteps));
  if (most < LEAST_ROWS) return without("its trees are too large");
  const matrix = await sample(most);
  if (matrix.rowCount < LEAST_ROWS) return without();
  const contributions = shapContributions(plan, matrix);
  if (!contributions.values.every(Number.isFinite)) return without("its SHAP values are not finite");
  const used = new Set(importance.map(({ feature }) => feature));
  return { importance, shap: summaryOf(contributions, booster.featureNames, used), problem: undefined };
}

function summaryOf(
  { rowCount, values }: Contributions,
  featureNames: readonly string[],
  used: ReadonlySet<string>,
): Shap {
  const width = featureNames.length + 1;
  const features = featureNames.map((feature, index) => {
    let sum = 0;
    for (let row = 0; row < rowCount; row += 1) sum += Math.abs(values[row * width + index] ?? 0);
    return { feature, mean_abs: rounded(sum / rowCount) };
  });
  return {
    rows: rowCount,
    bias: rounded(values[width - 1] ?? 0),
    features: features.filter(({ feature }) => used.has(feature)).sort((a, b) => b.mean_abs - a.mean_abs),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(DIGITS));
}
