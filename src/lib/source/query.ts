import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { ChurnError, UsageError } from "../errors.ts";
import type { Relation } from "./relation.ts";

/** A hint, where a file isn't what source.url calls it. */
export const KNOWN_SOURCES = "duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known";

/** What every source knows about itself. */
export interface SourceSettings {
  /** the workspace's folder, absolute; never a pattern */
  readonly root: string;
  /** absolute; below the workspace's folder, or up to where it leaves it, it may hold wildcards where files are meant */
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
export async function queryRelation(db: Database, query: string, date: string): Promise<Relation> {
  if (/'\s*\{date\}\s*'/.test(query)) {
    throw new UsageError(
      "source.query: {date} stands in quotes",
      "write snapshot_date = {date}; it is bound as a value",
    );
  }
  // The closing bracket stands on its own line, out of the reach of a comment at the end.
  const sql = `(${query.trim().replace(/;\s*$/, "").replace(PLACEHOLDER, "$date")}\n)`;
  const values: Relation["values"] = choosesDate(query) ? { date } : {};
  try {
    return { sql, values, columns: await describeColumns(db, sql, values), name: "source.query", refusal };
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  if (error instanceof ChurnError) return error;
  if (/bind parameter/.test(firstLine(error))) {
    return new UsageError(
      "source.query: {date} stands in a comment or in a text",
      "write snapshot_date = {date}, and leave it out elsewhere",
      { cause: error },
    );
  }
  return new UsageError(`source.query: ${firstLine(error)}`, "a SELECT that gives one row a customer", {
    cause: error,
  });
}
