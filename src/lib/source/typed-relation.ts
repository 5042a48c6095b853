import type { TypedColumn } from "../duckdb/describe.ts";
import { identifier } from "../duckdb/sql.ts";

/** Something to SELECT from. */
export interface TypedRelation {
  readonly sql: string;
  readonly columns: readonly TypedColumn[];
}

/** What takes a column's place under its name. */
export interface ReplacedColumn extends TypedColumn {
  /** in SQL, over the relation's columns */
  readonly expression: string;
}

/** The relation with some columns replaced; the others are as they were, and all in their places. */
export function replaceColumns({ sql, columns }: TypedRelation, replaced: readonly ReplacedColumn[]): TypedRelation {
  if (replaced.length === 0) return { sql, columns };
  const types = new Map(replaced.map(({ name, type }) => [name, type]));
  const list = replaced.map(({ name, expression }) => `${expression} AS ${identifier(name)}`).join(", ");
  return {
    sql: `(SELECT * REPLACE (${list}) FROM ${sql})`,
    columns: columns.map(({ name, type }) => ({ name, type: types.get(name) ?? type })),
  };
}
