import { stat } from "node:fs/promises";
import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { countRows, writeParquet } from "../duckdb/parquet.ts";
import { fileLiteral, literal } from "../duckdb/sql.ts";
import type { Snapshot } from "./snapshot.ts";

/** Where churn 1.x said which text columns stand for lists, structs and the like: Parquet metadata, a JSON list of names. */
const NEVER_FEATURES = "churn_never_features";

/** Writes the snapshot to `path` and says what is in the file. */
export async function writeCustomers(db: Database, snapshot: Snapshot, path: string) {
  await writeParquet(db, snapshot, path);
  return { rows: await countRows(db, path), bytes: (await stat(path)).size };
}

/** The columns of a customers.parquet of churn 1.x that can never be features: what the source had there was no single value. */
export async function neverFeatures(db: Database, path: string): Promise<readonly string[]> {
  const [found] = await db.rows(
    `SELECT decode(value) AS value FROM parquet_kv_metadata(${fileLiteral(path)}) WHERE decode(key) = ${literal(NEVER_FEATURES)}`,
    z.object({ value: z.string() }),
  );
  return found === undefined ? [] : z.array(z.string()).parse(JSON.parse(found.value));
}
