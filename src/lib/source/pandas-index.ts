import * as z from "zod";
import type { Database } from "../duckdb/database.ts";

/** What pandas says of a frame beside its columns, as far as churn asks. A name that is null is an index that nobody named. */
const frame = z.looseObject({
  index_columns: z.array(z.unknown()),
  columns: z.array(z.looseObject({ name: z.unknown(), field_name: z.string().optional() })),
});

/**
 * The columns of Parquet files that pandas wrote for an index without a name: numbers of rows, which mean nothing.
 *
 * @param files  as a list of SQL
 */
export async function pandasIndexes(db: Database, files: string): Promise<string[]> {
  const found = await db.rows(
    `SELECT DISTINCT TRY(decode(value)) AS value FROM parquet_kv_metadata(${files}) WHERE key = encode('pandas')`,
    z.object({ value: z.string().nullable() }),
  );
  return [...new Set(found.flatMap(({ value }) => namelessIndexes(value ?? "")))].sort();
}

/** Metadata that is no pandas' own says nothing. */
function namelessIndexes(text: string): string[] {
  const { data } = frame.safeParse(jsonOf(text));
  if (data === undefined) return [];
  const nameless = new Set(data.columns.filter(({ name }) => name === null).map(({ field_name }) => field_name));
  return data.index_columns.filter((name) => typeof name === "string").filter((name) => nameless.has(name));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
