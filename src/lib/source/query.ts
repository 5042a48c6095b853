import { z } from "zod";
import type { Database } from "../data/database.ts";
import { UsageError } from "../errors.ts";
import type { Relation, SourceColumn, Wanted } from "./source.ts";

/** What every source knows about itself. */
export interface SourceSettings {
  /** absolute; may hold wildcards where files are meant */
  readonly path: string;
  readonly description: string;
  readonly table: string | undefined;
  readonly query: string | undefined;
}

const PLACEHOLDER = /\{date\}/g;

export function choosesDate(query: string | undefined): boolean {
  return query?.includes("{date}") ?? false;
}

/**
 * The user's query as a relation: {date} is bound as text, which DuckDB compares with dates, times and text alike.
 *
 * @throws {UsageError} with the first line of what DuckDB says
 */
export async function queryRelation(db: Database, query: string, wanted: Wanted): Promise<Relation> {
  if (/'\s*\{date\}\s*'/.test(query)) {
    throw new UsageError(
      "source.query: {date} stands in quotes",
      "write snapshot_date = {date}; it is bound as a value",
    );
  }
  // The closing bracket stands on its own line, out of the reach of a comment at the end.
  const sql = `(${query.trim().replace(/;\s*$/, "").replace(PLACEHOLDER, "$date")}\n)`;
  const values: Relation["values"] = choosesDate(query) ? { date: wanted.date } : {};
  try {
    return { sql, values, columns: await describe(db, sql, values), name: "source.query" };
  } catch (error) {
    throw new UsageError(`source.query: ${firstLine(error)}`, "a SELECT that gives one row a customer", {
      cause: error,
    });
  }
}

/** The columns of something to SELECT from. */
export function describe(db: Database, relation: string, values: Relation["values"] = {}): Promise<SourceColumn[]> {
  return db
    .rows(`DESCRIBE SELECT * FROM ${relation}`, z.object({ column_name: z.string(), column_type: z.string() }), values)
    .then((columns) => columns.map(({ column_name, column_type }) => ({ name: column_name, type: column_type })));
}

/** DuckDB's own words, without the excerpt of the query below them. */
export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
