import * as z from "zod";
import type { Database } from "./database.ts";
import { fileLiteral, literal } from "./sql.ts";

/** Rows in a row group of Parquet: DuckDB's own default, written down since the bytes depend on it. */
const ROW_GROUP_ROWS = 122_880;

/** A Parquet file as a relation, rows in the file's order: this file alone, whatever its folders are called. */
export function parquetFile(path: string): string {
  return `read_parquet(${fileLiteral(path)}, hive_partitioning = false)`;
}

/** The virtual column that DuckDB numbers a file's rows by, from 0. */
const FILE_ROW = "file_row_number";

/**
 * A Parquet file as a relation with the place of each row, from 0, as its first column.
 *
 * @param place    what that column is called: SQL
 * @param columns  the file's own
 */
export function numberedParquet(path: string, place: string, columns: readonly string[]): string {
  // A file may have a column of that name, and is numbered by one thread then.
  const isTaken = columns.some((name) => name.toLowerCase() === FILE_ROW);
  return isTaken
    ? `(SELECT row_number() OVER () - 1 AS ${place}, * FROM ${parquetFile(path)})`
    : `(SELECT ${FILE_ROW} AS ${place}, * FROM ${parquetFile(path)})`;
}

/** Writes a query as Parquet. The same rows in the same order give the same bytes, whatever the number of threads. */
export async function writeParquet(
  db: Database,
  { sql }: { sql: string },
  path: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries = Object.entries(metadata).map(([key, value]) => `${key}: ${literal(value)}`);
  const options = [
    "FORMAT parquet",
    "COMPRESSION zstd",
    `ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`,
    // Nobody looks for single values.
    "WRITE_BLOOM_FILTER false",
    ...(entries.length === 0 ? [] : [`KV_METADATA {${entries.join(", ")}}`]),
  ];
  await db.run(`COPY (${sql}) TO ${literal(path)} (${options.join(", ")})`);
}

/** Rows in a Parquet file, by its metadata. */
export async function countRows(db: Database, path: string): Promise<number> {
  const [count] = await db.rows(`SELECT count(*) AS rows FROM ${parquetFile(path)}`, z.object({ rows: z.int() }));
  return count?.rows ?? 0;
}

/** How many nulls each column of a Parquet file has, by its metadata: undefined where that doesn't say. */
export async function countNulls(db: Database, path: string): Promise<ReadonlyMap<string, number | undefined>> {
  const columns = await db.rows(
    `SELECT path_in_schema AS name, CASE WHEN count(stats_null_count) = count(*) THEN sum(stats_null_count) END AS nulls
     FROM parquet_metadata(${fileLiteral(path)}) GROUP BY path_in_schema`,
    z.object({ name: z.string(), nulls: z.int().nullable() }),
  );
  return new Map(columns.map(({ name, nulls }) => [name, nulls ?? undefined]));
}
