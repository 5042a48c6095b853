import { stat } from "node:fs/promises";
import * as z from "zod";
import type { Config } from "../config/schema.ts";
import { InputError } from "../errors.ts";
import { own } from "../own.ts";
import type { Database } from "./database.ts";
import type { ColumnRole } from "./preprocessing.ts";
import { describeColumns } from "./relation.ts";
import type { Snapshot } from "./snapshot.ts";
import { literal, parquetFile } from "./sql.ts";

/** Rows in a row group of Parquet: DuckDB's own default, written down since the bytes depend on it. */
const ROW_GROUP_ROWS = 122_880;
/** Parquet metadata: which text columns stand for lists, structs and the like, as a JSON list of names. */
const NEVER_FEATURES = "churn_never_features";

/** Writes a query as Parquet. The same rows in the same order give the same bytes, whatever the number of threads. */
export async function writeParquet(
  db: Database,
  { sql, values = {} }: { sql: string; values?: Snapshot["values"] },
  path: string,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const entries = Object.entries(metadata).map(([key, value]) => `${key}: ${literal(value)}`);
  const options = [
    "FORMAT parquet",
    "COMPRESSION zstd",
    `ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`,
    ...(entries.length === 0 ? [] : [`KV_METADATA {${entries.join(", ")}}`]),
  ];
  await db.run(`COPY (${sql}) TO ${literal(path)} (${options.join(", ")})`, values);
}

/** Writes the snapshot to `path` and says what is in the file. */
export async function writeCustomers(db: Database, snapshot: Snapshot, path: string) {
  const never = snapshot.columns.filter(({ usable }) => !usable).map(({ name }) => name);
  await writeParquet(db, snapshot, path, { [NEVER_FEATURES]: JSON.stringify(never) });
  return { rows: await countRows(db, path), bytes: (await stat(path)).size };
}

export async function countRows(db: Database, path: string): Promise<number> {
  const [count] = await db.rows(`SELECT count(*) AS rows FROM ${parquetFile(path)}`, z.object({ rows: z.int() }));
  return count?.rows ?? 0;
}

/** A column of customers.parquet and what it is for the model. */
export interface CustomerColumn {
  readonly name: string;
  readonly type: string;
  readonly role: ColumnRole;
}

/**
 * The columns of customers.parquet with their roles.
 *
 * @throws {InputError} when the file is not one that extract wrote
 */
export async function readCustomerColumns(
  db: Database,
  path: string,
  dataset: Config["dataset"],
): Promise<CustomerColumn[]> {
  try {
    const never = await neverFeatures(db, path);
    const columns = await describeColumns(db, parquetFile(path));
    return columns.map(({ name, type }) => ({ name, type, role: roleOf(name, type, dataset, never) }));
  } catch (error) {
    throw new InputError(`${path} is not a Parquet file of customers`, "churn extract --force", { cause: error });
  }
}

async function neverFeatures(db: Database, path: string): Promise<readonly string[]> {
  const [found] = await db.rows(
    `SELECT decode(value) AS value FROM parquet_kv_metadata(${literal(path)}) WHERE decode(key) = ${literal(NEVER_FEATURES)}`,
    z.object({ value: z.string() }),
  );
  return found === undefined ? [] : z.array(z.string()).parse(JSON.parse(found.value));
}

function roleOf(name: string, type: string, dataset: Config["dataset"], never: readonly string[]): ColumnRole {
  if (name === dataset.id) return "id";
  if (name === dataset.target.column) return "target";
  if (name === dataset.date) return "date";
  const override = own(dataset.types, name);
  if (override === "ignore") return "ignored";
  // An override has the last word: a list read as text may be a category.
  if (never.includes(name) && override === undefined) return "ignored";
  return roleOfType(type);
}

/** What a column of a canonical type is for the model. */
export function roleOfType(type: string): ColumnRole {
  if (type === "BIGINT" || type === "DOUBLE") return "numeric";
  if (type === "BOOLEAN") return "boolean";
  if (type === "VARCHAR") return "categorical";
  return type === "DATE" || type === "TIMESTAMP" ? "date" : "ignored";
}
