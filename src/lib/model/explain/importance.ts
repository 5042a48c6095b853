import type { Booster } from "../booster.ts";
import type { NodeStatistics } from "./node-statistics.ts";

/** How a feature was used in training, as XGBoost's Booster.get_score says it. */
export interface FeatureImportance {
  readonly feature: string;
  /** how much a split by it lowered the loss, on average */
  readonly gain: number;
  /** splits by it */
  readonly weight: number;
  /** how many train customers a split by it saw (sum of hessians), on average */
  readonly cover: number;
}

/** The features that trees split by, in the model's order; the others have no entry, as in XGBoost. */
export function importanceOf(
  { featureNames, forest }: Booster,
  { cover, gain }: NodeStatistics,
): readonly FeatureImportance[] {
  const sums = featureNames.map((name) => ({ name, weight: 0, gain: 0, cover: 0 }));
  const open = [...forest.roots];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const sum = sums[forest.feature[node] ?? -1];
    if (sum === undefined) continue;
    sum.weight += 1;
    sum.gain += gain[node] ?? 0;
    sum.cover += cover[node] ?? 0;
    open.push(forest.left[node] ?? 0, forest.right[node] ?? 0);
  }
  return sums
    .filter(({ weight }) => weight > 0)
    .map(({ name, weight, gain: gained, cover: covered }) => ({
      feature: name,
      gain: gained / weight,
      weight,
      cover: covered / weight,
    }));
}
