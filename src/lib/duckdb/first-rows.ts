import * as z from "zod";
import { describeColumns } from "./describe.ts";
import { openDatabase } from "./open.ts";
import { countRows, parquetFile } from "./parquet.ts";
import { identifier } from "./sql.ts";

/** The first rows of a Parquet file, each value as DuckDB writes it. */
export interface FirstRows {
  /** in the file's order */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** null where nothing is */
  readonly rows: readonly (readonly (string | null)[])[];
  /** of the whole file */
  readonly row_count: number;
}

export async function firstRows(path: string, rows: number): Promise<FirstRows> {
  await using db = await openDatabase();
  const relation = parquetFile(path);
  const columns = await describeColumns(db, relation);
  // As a list, so that no name is special.
  const values = columns.map(({ name }) => `CAST(${identifier(name)} AS VARCHAR)`).join(", ");
  const found = await db.rows(
    `SELECT to_json([${values}])::VARCHAR AS line FROM (SELECT * FROM ${relation} LIMIT ${rows})`,
    z.object({ line: z.string() }),
  );
  return {
    columns: columns.map(({ name, type }) => ({ name, type })),
    rows: found.map(({ line }) => z.array(z.string().nullable()).parse(JSON.parse(line))),
    row_count: await countRows(db, path),
  };
}
