import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { firstLine, kindOf } from "../duckdb/errors.ts";
import { literal } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import { choosesDate, queryText } from "./query-text.ts";
import { refusal } from "./refusal.ts";
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
  /** absolute: folders that a query, or a view of the source, may read files of besides */
  readonly files: readonly string[];
}

/**
 * The user's query as a relation: {date} is bound as text, which DuckDB compares with dates, times and text alike.
 *
 * @throws {UsageError} with the first line of what DuckDB says
 */
export async function queryRelation(db: Database, query: string, date: string): Promise<Relation> {
  const withDate = (day: string) => queryText(query, day);
  // The closing bracket stands on its own line, out of the reach of a comment at the end.
  try {
    // PIVOT becomes several statements, and DuckDB takes a bound value for the last one at most.
    const isBound = choosesDate(query) && (await isOneStatement(db, withDate("$date")));
    const select = withDate(isBound ? "$date" : literal(date));
    const sql = `(${select}\n)`;
    const values: Relation["values"] = isBound ? { date } : {};
    await requireSelect(db, select, sql);
    return { sql, values, columns: await describeColumns(db, sql, values), name: "source.query", refusal: refused };
  } catch (error) {
    throw refused(error);
  }
}

/**
 * Refuses what is no SELECT, or more than one, before anything of it is run. Whoever can be read both by itself and in brackets
 * has closed no bracket but its own, and ends nowhere before its end.
 *
 * @throws {UsageError} when it isn't one SELECT
 * @throws DuckDB's error where it can't be read
 */
async function requireSelect(db: Database, select: string, inBrackets: string): Promise<void> {
  const statements = await db.statements(select);
  if (statements === 0) throw new UsageError("source.query is empty", SELECT_HINT);
  // A PIVOT that finds its columns by itself is two for DuckDB, and can't be prepared before the first of them has run.
  const kind = statements === 1 ? await db.statementKind(select) : "SELECT";
  if (kind !== "SELECT") throw new UsageError(`source.query is a statement of the kind ${kind}`, SELECT_HINT);
  try {
    await db.statements(`FROM ${inBrackets}`);
  } catch (error) {
    if (statements === 1 || kindOf(error) !== "Parser") throw error;
    throw new UsageError(`source.query: ${statements} statements stand there, and one is asked`, SELECT_HINT);
  }
}

/** What can't be read at all is told where it is asked whether it is a SELECT. */
async function isOneStatement(db: Database, select: string): Promise<boolean> {
  try {
    return (await db.statements(select)) === 1;
  } catch (error) {
    return !/^Parser Error: PIVOT statements .* cannot have parameters/.test(firstLine(error));
  }
}

export const SELECT_HINT = "a SELECT that gives one row a customer";

function refused(error: unknown): unknown {
  const words = firstLine(error);
  if (/bind parameter/.test(words)) {
    return new UsageError(
      "source.query: {date} stands in a comment or in a text",
      "write snapshot_date = {date}, and leave it out elsewhere",
      { cause: error },
    );
  }
  const [, unbound] =
    /Values were not provided for the following prepared statement parameters: (.*)/.exec(words) ?? [];
  if (unbound !== undefined) {
    return new UsageError(`source.query: nothing is bound to the parameter ${unbound}`, "{date} is the only one", {
      cause: error,
    });
  }
  return refusal(error, { subject: "source.query", hint: SELECT_HINT });
}
