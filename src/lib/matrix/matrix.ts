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
  const parts: Uint8Array[] = [];
  let others = 0;
  for await (const { rowCount, columns } of db.chunks(`SELECT ${identifier(label)} FROM ${relation}`)) {
    const part = new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row += 1) {
      const value = columns[0]?.[row];
      if (value === 1) part[row] = 1;
      else if (value !== 0) others += 1;
    }
    parts.push(part);
  }
  requireLabels(label, others);
  const labels = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let row = 0;
  for (const part of parts) {
    labels.set(part, row);
    row += part.length;
  }
  return labels;
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
