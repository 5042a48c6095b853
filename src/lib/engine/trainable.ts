import { counted } from "../cli/numbers.ts";
import { InputError, UsageError } from "../errors.ts";
import type { Matrix } from "../matrix/matrix.ts";

/**
 * Refuses a matrix that no engine can train on.
 *
 * @param matrix  NaN in it is a missing value
 * @throws {InputError} when there is nobody to train on, or nothing to train by
 * @throws {UsageError} when a value is infinite, which one beyond float32 has become
 */
export function requireTrainable({ featureNames, rowCount, columns }: Matrix): void {
  if (rowCount === 0 || columns.length === 0) {
    throw new InputError(
      `nothing to train on: ${counted(rowCount, "customer")}, ${counted(columns.length, "feature")}`,
      "churn features --force",
    );
  }
  const infinite = columns.flatMap((column, index) => {
    let customers = 0;
    for (const value of column) {
      if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) customers += 1;
    }
    return customers === 0 ? [] : [`${featureNames[index]} (${counted(customers, "customer")})`];
  });
  if (infinite.length === 0) return;
  throw new UsageError(
    `values too large for float32: ${infinite.join(", ")}`,
    "look at transform.derive and transform.fill in churn.yaml: is something divided by 0?",
  );
}
