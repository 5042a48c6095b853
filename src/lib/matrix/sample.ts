import type { Database } from "../duckdb/database.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { type Matrix, matrixOf } from "./matrix.ts";

/** Makes the hash another one than any that DuckDB or the split goes by. */
const SEED = "explained";

/**
 * Some of a relation's customers, always the same ones: those of the lowest hashes of their ids.
 *
 * By DuckDB's own hash, which takes a fifth of the time of SHA-256; another version of DuckDB may draw others.
 *
 * @param relation  SQL that stands behind FROM
 * @param rows      how many at most
 */
export async function sampleOf(
  db: Database,
  relation: string,
  { id, features, rows }: { readonly id: string; readonly features: readonly string[]; readonly rows: number },
): Promise<Matrix> {
  const text = `CAST(${identifier(id)} AS VARCHAR)`;
  const drawn = `(SELECT * FROM ${relation} ORDER BY hash(${text}, ${literal(SEED)}), ${text} LIMIT ${rows})`;
  return matrixOf(db, drawn, features);
}
