import { availableParallelism } from "node:os";

/**
 * Threads that a library is asked for: XGBoost 1.7 starts as many as it is told to, and its OpenMP ends the process where the
 * system doesn't give them; later ones take no more than there are cores either.
 *
 * @param most  train.threads of churn.yaml
 */
export function coresOf(most: number | undefined): number {
  return Math.min(most ?? Number.POSITIVE_INFINITY, availableParallelism());
}
