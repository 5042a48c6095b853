import type { Database } from "../duckdb/database.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier, literal } from "../duckdb/sql.ts";

/**
 * Writes predictions.parquet: id, label, probability (FLOAT) and predicted (UTINYINT 0/1) of each row, in the relation's order.
 *
 * @param relation     the test customers
 * @param probability  of churn, a row of the relation; shape (nRows,)
 * @param predicted    1 where it is above the threshold; shape (nRows,)
 */
export async function writePredictions(
  db: Database,
  options: {
    readonly relation: string;
    readonly id: string;
    readonly label: string;
    readonly probability: Float32Array;
    readonly predicted: Uint8Array;
    readonly path: string;
  },
): Promise<void> {
  const { relation, id, label, probability, predicted, path } = options;
  await db.createTable("scores", { probability, predicted });
  // The customers' columns may have any names, these among them. Row by row, in both orders: nothing is sorted or looked up.
  await db.run(`
    COPY (
      SELECT customers.id AS ${identifier(id)}, customers.label AS ${identifier(label)}, scores.probability, scores.predicted
      FROM (SELECT ${identifier(id)} AS id, ${identifier(label)} AS label FROM ${relation}) AS customers
      POSITIONAL JOIN scores
    ) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
}

/** The probabilities of predictions.parquet, in its order; shape (nRows,) */
export async function probabilitiesOf(db: Database, path: string): Promise<Float32Array> {
  const { columns } = await db.columns(`SELECT probability FROM ${parquetFile(path)}`);
  return columns[0] ?? new Float32Array();
}
