import type { Database } from "./database.ts";
import { identifier, literal } from "./sql.ts";

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
  await db.run(`
    COPY (
      SELECT customers.${identifier(id)}, customers.${identifier(label)}, probability, predicted
      FROM (SELECT *, row_number() OVER () - 1 AS score_row FROM ${relation}) AS customers
      JOIN scores ON scores."row" = customers.score_row
      ORDER BY scores."row"
    ) TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
}
