import type { Database } from "../duckdb/database.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";
import { labelOf } from "../matrix/matrix.ts";
import type { Preprocessing } from "../prepare/preprocessing.ts";
import { splitHash } from "../prepare/split.ts";

/** The table that `openTestCustomers` makes: row, id, label and the new model's probability of each of them. */
export const TEST_CUSTOMERS = "test_customers";

/** Customers that neither model was trained on: both are judged on them. */
export interface TestCustomers {
  /** 1 = churned; shape (nRows,) */
  readonly yTrue: Uint8Array;
  /** the new model's; shape (nRows,) */
  readonly probability: Float32Array;
}

/**
 * Today's test customers with the new model's probabilities. A stratified split draws its line anew each night: then only
 * customers count who lie on the test side of both models, at or below the smaller cut of their class.
 *
 * @param predictions  path of predictions.parquet
 * @param recipe       the new model's preprocessing
 * @param other        the other model's split, where it is the same but for its cuts
 */
export async function openTestCustomers(
  db: Database,
  predictions: string,
  recipe: Preprocessing,
  other?: Preprocessing["split"],
): Promise<TestCustomers> {
  const id = identifier(recipe.dataset.id);
  const label = identifier(recipe.dataset.target.column);
  const { cuts, salt } = recipe.split;
  const shared =
    cuts && other?.cuts
      ? `WHERE ${splitHash(id, salt)} <= CASE ${label} WHEN 1 THEN ${Math.min(cuts.positive, other.cuts.positive)} ELSE ${Math.min(cuts.negative, other.cuts.negative)} END`
      : "";
  await db.run(`
    CREATE TABLE ${TEST_CUSTOMERS} AS
    SELECT row_number() OVER () AS "row", * FROM (SELECT ${id} AS id, ${label} AS label, probability FROM ${parquetFile(predictions)} ${shared})`);
  const { columns } = await db.columns(`SELECT probability FROM ${TEST_CUSTOMERS} ORDER BY "row"`);
  return {
    yTrue: await labelOf(db, `(SELECT label FROM ${TEST_CUSTOMERS} ORDER BY "row")`, "label"),
    probability: columns[0] ?? new Float32Array(),
  };
}
