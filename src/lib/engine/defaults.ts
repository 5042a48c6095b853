import type { BoosterParameters } from "./parameters.ts";

/** How splits are found, once that is decided. */
export type TreeMethod = Exclude<BoosterParameters["tree_method"], "auto" | undefined>;

/** train.params with what churn decides for every engine alike; the rest has XGBoost's documented defaults. */
export interface DecidedParameters extends BoosterParameters {
  readonly tree_method: TreeMethod;
  readonly base_score: number;
}

/** What XGBoost documents as its defaults, and has in every version from 0.7 to 3.4: engines send them. */
export const TREE_DEFAULTS = {
  max_depth: 6,
  learning_rate: 0.3,
  seed: 0,
  min_child_weight: 1,
  gamma: 0,
  max_delta_step: 0,
  lambda: 1,
  alpha: 0,
  scale_pos_weight: 1,
  subsample: 1,
  colsample_bytree: 1,
  colsample_bylevel: 1,
  num_parallel_tree: 1,
  seed_per_iteration: false,
} as const satisfies Partial<BoosterParameters>;

/** Likewise, of trees that are grown in bins: exact ones have none of these. */
export const BIN_DEFAULTS = {
  grow_policy: "depthwise",
  max_leaves: 0,
  max_bin: 256,
} as const satisfies Partial<BoosterParameters>;

/**
 * The most customers whose trees are grown exactly; more are put into bins (`hist`), which takes a quarter of the time.
 *
 * 100 trees of depth 5 on 10 features take the embedded engine 4 s, exactly, and 1 s with bins; at twice as many 8 and 2 s, at
 * four times as many 25 and 4 s (test/bench/tree-method.mjs). Up to here a night waits gladly, since exact trees are the same
 * in every version of XGBoost.
 */
export const MOST_EXACT_ROWS = 50_000;

/**
 * XGBoost's own defaults for these two depend on its version, and `auto` on more than the data. Here they depend on the number
 * of customers alone, so that the same night trains the same way on every engine.
 *
 * @param params    train.params of churn.yaml; what it says is kept, `auto` excepted
 * @param rowCount  train customers
 */
export function decideParameters(params: Readonly<BoosterParameters>, rowCount: number): DecidedParameters {
  const { tree_method: given = "auto", base_score = 0.5 } = params;
  const byRows = rowCount <= MOST_EXACT_ROWS ? "exact" : "hist";
  return { ...params, base_score, tree_method: given === "auto" ? byRows : given };
}
