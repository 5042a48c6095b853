import { counted } from "../cli/numbers.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import { hashedInto } from "../prepare/split.ts";

/** Hashed with the id in the place of split.salt: who judges the rounds has nothing to do with who is a test customer. */
const SALT = "early stopping";

/** Train customers by what they are for, as SQL that stands behind FROM. */
export interface Slices {
  readonly trained: string;
  readonly validation: string;
}

/**
 * Divides the train customers into those that are trained on and those that judge the rounds. It goes by the customer's id alone,
 * so each stays in its slice every night, whatever the order of rows.
 *
 * @param relation    the train customers
 * @param id          the name of their id
 * @param validation  the share of them that judges
 */
export function slicesOf(relation: string, { id, validation }: { id: string; validation: number }): Slices {
  const judges = hashedInto(validation, { id: identifier(id), salt: SALT });
  return {
    trained: `(SELECT * FROM ${relation} WHERE NOT (${judges}))`,
    validation: `(SELECT * FROM ${relation} WHERE ${judges})`,
  };
}

/**
 * @param labels  of both slices: 1 = churned, 0 = stayed
 * @throws {UsageError} when a slice has customers of one class alone, or none
 */
export function requireBothClasses(
  labels: { readonly trained: Uint8Array; readonly validation: Uint8Array },
  share: number,
): void {
  for (const [slice, label] of [
    ["to judge the rounds by", labels.validation] as const,
    ["left to train on", labels.trained] as const,
  ]) {
    const churned = label.reduce((sum, value) => sum + value, 0);
    if (churned > 0 && churned < label.length) continue;
    throw new UsageError(
      `train.early_stopping.validation is ${share}: of the ${counted(label.length, "customer")} ${slice} ${churned} churned`,
      "another train.early_stopping.validation in churn.yaml, or no train.early_stopping",
    );
  }
}
