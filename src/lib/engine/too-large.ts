import { UsageError } from "../errors.ts";

/** Of a model whose sums or gains have left float32: JSON has no number for what they became. */
export function numbersTooLarge(): UsageError {
  return new UsageError(
    "the model has numbers too large for float32",
    "a weight or penalty in train.params that is far from 1, such as scale_pos_weight, makes them, and so do values of a feature beyond 1.7e38",
  );
}
