import { stat } from "node:fs/promises";
import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { countRows, writeParquet } from "../duckdb/parquet.ts";
import { fileLiteral, literal } from "../duckdb/sql.ts";
import type { Snapshot } from "./snapshot.ts";

/** Parquet metadata: which text columns stand for lists, structs and the like, as a JSON list of names. */
const NEVER_FEATURES = "churn_never_features";

/** Writes the snapshot to `path` and says what is in the file. */
export async function writeCustomers(db: Database, snapshot: Snapshot, path: string) {
  const never = snapshot.columns.filter(({ usable }) => !usable).map(({ name }) => name);
  await writeParquet(db, snapshot, path, { [NEVER_FEATURES]: JSON.stringify(never) });
  return { rows: await countRows(db, path), bytes: (await stat(path)).size };
}

/** The columns of customers.parquet that can never be features: what the source had there was no single value. */
export async function neverFeatures(db: Database, path: string): Promise<readonly string[]> {
  const [found] = await db.rows(
    `SELECT decode(value) AS value FROM parquet_kv_metadata(${fileLiteral(path)}) WHERE decode(key) = ${literal(NEVER_FEATURES)}`,
    z.object({ value: z.string() }),
  );
  return found === undefined ? [] : z.array(z.string()).parse(JSON.parse(found.value));
}
