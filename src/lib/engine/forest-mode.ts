import type { BoosterParameters } from "./parameters.ts";

/** What XGBoost is asked for, where train.algorithm is xgboost or a forest. */
export interface Boosting {
  readonly rounds: number;
  readonly params: Readonly<BoosterParameters>;
}

/**
 * XGBoost's own forest mode: one round of so many trees, each grown on a sample of the customers, with the parameters that
 * Python's XGBRFClassifier has. What train.params say wins, but for the two that make it a forest: churn.yaml's schema has
 * refused other values of these.
 *
 * @param boosting   train.rounds, which is the number of trees, and train.params
 * @param sampledBy  what of XGBoost draws features: each split's own (colsample_bynode) where the library knows that, or the
 *                   nearest that it has
 */
export function forestMode(
  { rounds: trees, params }: Boosting,
  sampledBy: "colsample_bynode" | "colsample_bylevel" | "colsample_bytree",
): Boosting {
  return {
    rounds: 1,
    params: {
      subsample: 0.8,
      [sampledBy]: 0.8,
      lambda: 1e-5,
      ...params,
      learning_rate: 1,
      num_parallel_tree: trees,
    },
  };
}
