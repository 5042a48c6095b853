import { whole } from "../cli/numbers.ts";
import { UsageError } from "../errors.ts";
import { SIZE_LIMITS } from "../files/size-limits.ts";

/** A model's sums, gains or thresholds have left float32: JSON has no number for what they became. */
export class NumbersTooLargeError extends UsageError {
  override readonly name = "NumbersTooLargeError";
}

export function numbersTooLarge(): NumbersTooLargeError {
  return new NumbersTooLargeError(
    "the model has numbers too large for float32",
    "a weight or penalty in train.params that is far from 1, such as scale_pos_weight, makes them, and so do values of a feature beyond 1.7e38",
  );
}

/** Two values above it have a sum that float32 doesn't hold, by which a tree would part them. */
export const LARGEST_SUMMAND = 3.4028234663852886e38 / 2;

/** The same, where a feature has such values. */
export function valuesTooLarge(feature: string, value: number, cause: NumbersTooLargeError): UsageError {
  return new UsageError(
    `the model has numbers too large for float32: ${feature} has ${value.toExponential(2)}, and trees part values up to 1.7e38`,
    `a derived column, such as ln(${feature}), or NULL in its place (transform.derive in churn.yaml)`,
    { cause },
  );
}

/**
 * Refuses a model that nobody could read once it is written.
 *
 * @param bytes  of its JSON
 * @throws {UsageError} when they are more than a model may have
 */
export function requireReadable(bytes: number): void {
  if (bytes <= SIZE_LIMITS.model) return;
  const [has, most] = [bytes, SIZE_LIMITS.model].map((size) => whole(Math.floor(size / 2 ** 20)));
  throw new UsageError(
    `the model takes ${has} MB, and ${most} MB are read at most`,
    "fewer train.rounds, or a smaller train.params.max_depth",
  );
}
