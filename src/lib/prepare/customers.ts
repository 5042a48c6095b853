import * as z from "zod";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { countDistinct } from "../duckdb/distinct.ts";
import { numberedParquet, parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";

/** The column with the row's place in the file. */
export const ROW = "__churn_row";
/** The places of the first row of each id, where some id comes twice. */
const FIRST = "__churn_first";

/** Which rows of customers.parquet a model can learn from or be judged by. */
export interface UsableCustomers {
  readonly rows: number;
  readonly nullIds: number;
  readonly nullLabels: number;
  /** rows whose id came before */
  readonly duplicates: number;
  /** of the whole file */
  readonly fileRows: number;
  /** the file's rows with their places, to SELECT from */
  readonly numbered: string;
  /** those of them that are usable, in no order */
  readonly usable: string;
}

/**
 * Finds the usable rows: those with an id and a label, of each id the first one in the file's order.
 *
 * @param present  the file's columns
 */
export async function findUsable(
  db: Database,
  path: string,
  present: readonly { readonly name: string }[],
  dataset: Pick<Config["dataset"], "id" | "target">,
): Promise<UsableCustomers> {
  const id = identifier(dataset.id);
  const isUsable = `${id} IS NOT NULL AND ${identifier(dataset.target.column)} IS NOT NULL`;
  const file = parquetFile(path);
  const [counts] = await db.rows(
    `SELECT count(*) AS "fileRows", count(*) - count(${id}) AS "nullIds" FROM ${file}`,
    z.object({ fileRows: z.int(), nullIds: z.int() }),
  );
  const { fileRows = 0, nullIds = 0 } = counts ?? {};
  const { values, distinct } = await countDistinct(db, `SELECT ${id} FROM ${file} WHERE ${isUsable}`, dataset.id);
  const numbered = numberedParquet(
    path,
    ROW,
    present.map(({ name }) => name),
  );
  const several = `(SELECT * FROM ${numbered} WHERE ${isUsable})`;
  const found = { rows: distinct, nullIds, nullLabels: fileRows - nullIds - values, fileRows, numbered };
  if (distinct === values) return { ...found, duplicates: 0, usable: several };
  await db.run(`CREATE TABLE ${FIRST} AS SELECT min(${ROW}) AS ${ROW} FROM ${several} GROUP BY ${id}`);
  const usable = `(SELECT * FROM ${several} WHERE ${ROW} IN (SELECT ${ROW} FROM ${FIRST}))`;
  return { ...found, duplicates: values - distinct, usable };
}
