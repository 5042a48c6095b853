import * as z from "zod";
import type { Database, SqlValue } from "./database.ts";

/** A column as DuckDB names and types it. */
export interface TypedColumn {
  readonly name: string;
  readonly type: string;
}

/** The columns of something to SELECT from, found by binding it; nothing is run. */
export async function describeColumns(
  db: Database,
  relation: string,
  values: Readonly<Record<string, SqlValue>> = {},
): Promise<TypedColumn[]> {
  const columns = await db.rows(
    `DESCRIBE SELECT * FROM ${relation}`,
    z.object({ column_name: z.string(), column_type: z.string() }),
    values,
  );
  return columns.map(({ column_name, column_type }) => ({ name: column_name, type: column_type }));
}
