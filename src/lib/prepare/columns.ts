import { own } from "../config/own.ts";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { InputError } from "../errors.ts";
import { neverFeatures } from "../source/customers-file.ts";
import type { DecidedColumn } from "../source/kinds.ts";
import type { ColumnRole } from "./preprocessing.ts";

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

/** Columns with their roles, as extract decided their kinds. */
export function customerColumns(
  columns: readonly DecidedColumn[],
  dataset: Config["dataset"],
): (DecidedColumn & CustomerColumn)[] {
  const never = columns.filter(({ kind }) => kind === "ignore").map(({ name }) => name);
  return columns.map((column) => ({ ...column, role: roleOf(column.name, column.type, dataset, never) }));
}

/** What a column of a canonical type is for the model. */
export function roleOfType(type: string): ColumnRole {
  if (type === "BIGINT" || type === "DOUBLE") return "numeric";
  if (type === "BOOLEAN") return "boolean";
  if (type === "VARCHAR") return "categorical";
  return type === "DATE" || type === "TIMESTAMP" ? "date" : "ignored";
}
