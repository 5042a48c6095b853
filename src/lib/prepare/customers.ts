import * as z from "zod";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";

/** The table that `loadCustomers` makes. */
export const CUSTOMERS = "__churn_customers";
/** Its column with the row's place in the file. */
export const ROW = "__churn_row";

/** What became of the rows of customers.parquet. */
export interface LoadedCustomers {
  readonly rows: number;
  readonly nullIds: number;
  readonly nullLabels: number;
  /** rows whose id came before */
  readonly duplicates: number;
}

/**
 * Loads the customers that a model can learn from or be judged by, into a table: rows with an id and a label, of each id
 * the first one in the file's order.
 *
 * @param columns  the columns of the table; `sql` reads them from the file's
 * @param among    a query of ids: of others nothing is loaded, and nothing counted among the rows
 */
export async function loadCustomers(
  db: Database,
  path: string,
  {
    columns,
    dataset,
    among,
  }: {
    readonly columns: readonly { readonly name: string; readonly sql: string }[];
    readonly dataset: Pick<Config["dataset"], "id" | "target">;
    readonly among?: string | undefined;
  },
): Promise<LoadedCustomers> {
  const id = identifier(dataset.id);
  const label = identifier(dataset.target.column);
  const list = columns.map(({ name, sql }) => `${sql} AS ${identifier(name)}`);
  await db.run(`
    CREATE TABLE ${CUSTOMERS} AS
    WITH numbered AS (SELECT row_number() OVER () AS ${ROW}, * FROM ${parquetFile(path)}),
    usable AS (SELECT * FROM numbered WHERE ${usable(id, label)}${among === undefined ? "" : ` AND ${id} IN (${among})`})
    SELECT ${[ROW, ...list].join(", ")} FROM usable
    WHERE ${ROW} IN (SELECT min(${ROW}) FROM usable GROUP BY ${id})
    ORDER BY ${ROW}`);
  const [counts] = await db.rows(
    `SELECT count(*) - count(${id}) AS "nullIds", count(${id}) - count(*) FILTER (WHERE ${usable(id, label)}) AS "nullLabels",
       count(*) FILTER (WHERE ${usable(id, label)}) AS usable, (SELECT count(*) FROM ${CUSTOMERS}) AS rows
     FROM ${parquetFile(path)}`,
    z.object({ nullIds: z.int(), nullLabels: z.int(), usable: z.int(), rows: z.int() }),
  );
  const { nullIds = 0, nullLabels = 0, usable: all = 0, rows = 0 } = counts ?? {};
  return { rows, nullIds, nullLabels, duplicates: all - rows };
}

function usable(id: string, label: string): string {
  return `${id} IS NOT NULL AND ${label} IS NOT NULL`;
}
