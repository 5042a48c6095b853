import { counted } from "../cli/numbers.ts";
import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { Customers } from "../matrix/customers.ts";
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
 * so each stays in its slice every night, whatever the order of rows. Who judges is found out once, and kept in the database: to
 * hash all ids takes longer than to read everything else.
 *
 * @param relation    the train customers, always in the same order
 * @param id          the name of their id
 * @param validation  the share of them that judges
 */
export async function slicesOf(
  db: Pick<Database, "run">,
  relation: string,
  { id, validation }: { readonly id: string; readonly validation: number },
): Promise<Slices> {
  const judges = hashedInto(validation, { id: identifier(id), salt: SALT });
  await db.run(`CREATE OR REPLACE TEMP TABLE judges AS SELECT ${judges} AS judge FROM ${relation}`);
  const those = (who: string) =>
    `(SELECT customers.* FROM ${relation} AS customers POSITIONAL JOIN judges WHERE ${who})`;
  return { trained: those("NOT judges.judge"), validation: those("judges.judge") };
}

type Counted = Pick<Customers, "rowCount" | "churned">;

/**
 * @param slices  how many customers each has, and how many of them churned
 * @throws {UsageError} when a slice has customers of one class alone, or none
 */
export function requireBothClasses(
  slices: { readonly trained: Counted; readonly validation: Counted },
  share: number,
): void {
  for (const [slice, { rowCount, churned }] of [
    ["to judge the rounds by", slices.validation] as const,
    ["left to train on", slices.trained] as const,
  ]) {
    if (churned > 0 && churned < rowCount) continue;
    throw new UsageError(
      `train.early_stopping.validation is ${share}: of the ${counted(rowCount, "customer")} ${slice} ${churned} churned`,
      "another train.early_stopping.validation in churn.yaml, or no train.early_stopping",
    );
  }
}
