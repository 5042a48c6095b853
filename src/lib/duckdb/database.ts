import type * as z from "zod";

export type SqlValue = string | number | boolean | null;

/** Numbers as DuckDB keeps them: FLOAT, DOUBLE, UTINYINT. */
export type TypedColumn = Float32Array | Float64Array | Uint8Array;

/** One column a name, in the order of the query; NaN is SQL's NULL. */
export interface Columns {
  readonly rowCount: number;
  readonly names: readonly string[];
  /** each of shape (rowCount,) */
  readonly columns: readonly Float32Array[];
}

/** An in-memory DuckDB that works on files. Close it with `await using`. */
export interface Database extends AsyncDisposable {
  readonly version: string;
  /** Runs statements for their effect. `$name` in the SQL is bound to `values.name`. */
  run(sql: string, values?: Readonly<Record<string, SqlValue>>): Promise<void>;
  /** A small result, parsed: counts, names, settings. 64-bit integers arrive as numbers. Never used for customers. */
  rows<Schema extends z.ZodType>(
    sql: string,
    schema: Schema,
    values?: Readonly<Record<string, SqlValue>>,
  ): Promise<z.infer<Schema>[]>;
  /** A result of numbers or booleans as float32 columns: a matrix, a label, probabilities. */
  columns(sql: string, values?: Readonly<Record<string, SqlValue>>): Promise<Columns>;
  /**
   * The same in order, some thousand rows at a time, none of which is held longer: for results larger than memory.
   *
   * Each chunk is a view of DuckDB's memory, which is free again once nobody holds the chunk's columns. The database answers
   * nothing else meanwhile; who needs no more leaves the loop.
   */
  chunks(sql: string, values?: Readonly<Record<string, SqlValue>>): AsyncIterable<Columns>;
  /** Makes a table of one typed column a name, all of one length: how probabilities get back into SQL. */
  createTable(table: string, columns: Readonly<Record<string, TypedColumn>>): Promise<void>;
  /** How many statements a text holds; none is run. @throws DuckDB's error where it can't be parsed */
  statements(sql: string): Promise<number>;
  /**
   * The kind of the one statement that a text holds, as DuckDB prepares it: "SELECT", "COPY". It is not run.
   *
   * @throws DuckDB's error where it can't be prepared
   */
  statementKind(sql: string): Promise<string>;
  /**
   * From here on SQL can reach no network, and no file but those in these folders and in that for what is spilled; and it can't
   * change that: before it runs what isn't churn's own. To be called once.
   *
   * @param folders  absolute; by default none
   */
  shutOutside(folders?: readonly string[]): Promise<void>;
  /** Tells DuckDB to give up the query that it works on, which then fails. */
  interrupt(): void;
  /** Gives up a query that doesn't end: nothing waits for it any more, and the process has to end by `endNow` of workspace/native.ts. */
  leaveBehind(): void;
}
