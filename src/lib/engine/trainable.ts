import { counted } from "../cli/numbers.ts";
import { InputError, UsageError } from "../errors.ts";
import type { Customers } from "../matrix/customers.ts";

/**
 * Refuses customers from whom no library learns anything, whatever it says to them itself: some crash, some train in silence.
 *
 * @throws {InputError} when there are no customers, no features, or one class alone
 * @throws {UsageError} naming the features that have infinite values
 */
export function requireTrainable({ featureNames, rowCount, churned, infinite }: Omit<Customers, "chunks">): void {
  if (rowCount === 0 || featureNames.length === 0) {
    throw new InputError(
      `nothing to train on: ${counted(rowCount, "customer")}, ${counted(featureNames.length, "feature")}`,
      "churn features --force",
    );
  }
  if (infinite.size > 0) {
    const names = [...infinite].map(([name, customers]) => `${name} (${counted(customers, "customer")})`);
    throw new UsageError(
      `values too large for float32: ${names.join(", ")}`,
      "look at transform.derive and transform.fill in churn.yaml: is something divided by 0?",
    );
  }
  if (churned === 0 || churned === rowCount) {
    throw new InputError(
      `${churned === 0 ? "none" : "each"} of ${counted(rowCount, "customer")} to train on churned: there is nothing to learn`,
      "look at the source; churn transform --force divides the customers again",
    );
  }
}
