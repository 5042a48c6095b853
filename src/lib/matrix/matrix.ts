import { counted } from "../cli/numbers.ts";
import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";
import { InputError } from "../errors.ts";

/** Customers as the booster takes them: one typed array a feature, the label beside it. */
export interface Matrix {
  readonly featureNames: readonly string[];
  readonly rowCount: number;
  /** One column a feature, each of shape (rowCount,), float32; NaN is a missing value. */
  readonly columns: readonly Float32Array[];
}

/**
 * A relation's feature columns as float32, rows in its order.
 *
 * @param relation  SQL that stands behind FROM: a table, `read_parquet('…')`, a sub-query with its own order
 */
export async function matrixOf(db: Database, relation: string, features: readonly string[]): Promise<Matrix> {
  const { rowCount, columns } = await db.columns(`SELECT ${features.map(identifier).join(", ")} FROM ${relation}`);
  return { featureNames: features, rowCount, columns };
}

/**
 * A relation's label as 0 and 1, rows in its order; shape (rowCount,)
 *
 * @throws {InputError} when a customer has none, or another one
 */
export async function labelOf(db: Database, relation: string, label: string): Promise<Uint8Array> {
  const { columns } = await db.columns(`SELECT ${identifier(label)} FROM ${relation}`);
  const values = columns[0] ?? new Float32Array();
  requireLabels(label, values.filter((value) => value !== 0 && value !== 1).length);
  return Uint8Array.from(values);
}

/**
 * @param label   the label's column
 * @param others  customers of whom it says neither 0 nor 1
 * @throws {InputError} when there are some
 */
export function requireLabels(label: string, others: number): void {
  if (others === 0) return;
  throw new InputError(`${label} is neither 0 nor 1 for ${counted(others, "customer")}`, "churn features --force");
}
