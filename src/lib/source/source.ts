import type { Database, SqlValue } from "../duckdb/database.ts";
import type { TypedColumn } from "../duckdb/describe.ts";

/** A SELECT with the values of its `$names`. */
export interface Query {
  readonly sql: string;
  readonly values: Readonly<Record<string, SqlValue>>;
}

/**
 * Where customers come from. A source makes its table or query readable by DuckDB: a file is attached, a server's rows are
 * loaded as typed columns.
 */
export interface Source {
  /** for people and records, without credentials: "customers.duckdb" */
  readonly description: string;
  /** whether {date} in a query chooses the rows; the source then can't tell which dates it has */
  readonly choosesDate: boolean;
  /**
   * Makes the customers readable in `db`. Rows and columns are chosen by SQL around the relation, so a server's source gets
   * the same `wanted` columns to load no others.
   *
   * @throws {UsageError} when the file, the table or the query is wrong
   * @throws {ServiceError} when it can't be read now
   */
  open(db: Database, wanted: Wanted): Promise<Relation>;
}

export interface Wanted {
  /** YYYY-MM-DD, bound to {date} of a query */
  readonly date: string;
  /** columns that are text whatever they look like (files without types) */
  readonly text: readonly string[];
}

/** All customers of all dates, as something to SELECT from. */
export interface Relation extends Query {
  readonly columns: readonly TypedColumn[];
  /** for messages: "table customers" or "source.query" */
  readonly name: string;
}
