import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";

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

/** A relation's label as 0 and 1, rows in its order; shape (rowCount,) */
export async function labelOf(db: Database, relation: string, label: string): Promise<Uint8Array> {
  const { columns } = await db.columns(`SELECT ${identifier(label)} FROM ${relation}`);
  return Uint8Array.from(columns[0] ?? []);
}
