import { counted } from "../cli/numbers.ts";
import { InputError, UsageError } from "../errors.ts";
import type { LabelledMatrix } from "./engine.ts";

/**
 * Refuses customers from whom no library learns anything, whatever it says to them itself: some crash, some train in silence.
 *
 * @throws {InputError} when there are no customers, no features, or one class alone
 * @throws {UsageError} naming the features that have infinite values
 */
export function requireTrainable({ matrix: { featureNames, rowCount, columns }, label }: LabelledMatrix): void {
  if (rowCount === 0 || columns.length === 0) {
    throw new InputError(
      `nothing to train on: ${counted(rowCount, "customer")}, ${counted(columns.length, "feature")}`,
      "churn features --force",
    );
  }
  const infinite = columns.flatMap((column, index) => {
    const customers = countOf(column, (value) => Math.abs(value) === Number.POSITIVE_INFINITY);
    return customers === 0 ? [] : [`${featureNames[index]} (${counted(customers, "customer")})`];
  });
  if (infinite.length > 0) {
    throw new UsageError(
      `values too large for float32: ${infinite.join(", ")}`,
      "look at transform.derive and transform.fill in churn.yaml: is something divided by 0?",
    );
  }
  if (label.every((value) => value === label[0])) {
    throw new InputError(
      `${label[0] === 0 ? "none" : "each"} of ${counted(rowCount, "customer")} to train on churned: there is nothing to learn`,
      "look at the source; churn transform --force divides the customers again",
    );
  }
}

function countOf(column: Float32Array, fits: (value: number) => boolean): number {
  let count = 0;
  for (const value of column) if (fits(value)) count += 1;
  return count;
}
