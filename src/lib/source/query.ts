import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { firstLine, kindOf } from "../duckdb/errors.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import { choosesDate, type QueryKey, queryText } from "./query-text.ts";
import { type Awaited, READY_HINT, requireReady } from "./ready.ts";
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
  /** a SELECT that says whether the date's customers are all there */
  readonly ready?: string | undefined;
  /** the name of a file that lies beside the source's own once they are whole */
  readonly require?: string | undefined;
  /** whether what isn't there may be waited for */
  readonly waits?: boolean;
  /** where the files are this process's own copies of others: what people call their root, `s3://` */
  readonly copiesOf?: string;
}

/** A key of churn.yaml that has a SELECT, and what is asked of it. */
interface AskedSelect {
  readonly key: QueryKey;
  readonly hint: string;
}

export const SELECT_HINT = "a SELECT that gives one row a customer";

const QUERY: AskedSelect = { key: "source.query", hint: SELECT_HINT };
const READY: AskedSelect = { key: "source.ready", hint: READY_HINT };

/**
 * The user's query as a relation: {date} is bound as text, which DuckDB compares with dates, times and text alike.
 *
 * @throws {UsageError} with the first line of what DuckDB says
 */
export async function queryRelation(db: Database, query: string, date: string): Promise<Relation> {
  return await selectRelation(db, query, date, QUERY);
}

/**
 * Asks source.ready, as `queryRelation` asks source.query.
 *
 * @throws {UsageError} when it is no SELECT of one value, or DuckDB can't do it
 * @throws {TryLaterError | UsageError} when the answer is no, as `requireReady` says
 */
export async function askReady(db: Database, query: string, place: string, awaited: Awaited): Promise<void> {
  const { sql, values, columns, refusal: refused } = await selectRelation(db, query, awaited.date, READY);
  const [first] = columns;
  if (first === undefined || columns.length > 1) {
    requireReady([columns.map(() => null)], place, awaited);
    return;
  }
  let answers: readonly { readonly answer: string | null }[];
  try {
    answers = await db.rows(
      `SELECT CAST(${identifier(first.name)} AS VARCHAR) AS answer FROM ${sql} AS ready LIMIT 2`,
      z.object({ answer: z.string().nullable() }),
      values,
    );
  } catch (error) {
    throw refused(error);
  }
  requireReady(
    answers.map(({ answer }) => [answer]),
    place,
    awaited,
  );
}

async function selectRelation(db: Database, query: string, date: string, asked: AskedSelect): Promise<Relation> {
  const { key } = asked;
  const withDate = (day: string) => queryText(query, day, key);
  // The closing bracket stands on its own line, out of the reach of a comment at the end.
  try {
    // PIVOT becomes several statements, and DuckDB takes a bound value for the last one at most.
    const isBound = choosesDate(query) && (await isOneStatement(db, withDate("$date")));
    const select = withDate(isBound ? "$date" : literal(date));
    const sql = `(${select}\n)`;
    const values: Relation["values"] = isBound ? { date } : {};
    await requireSelect(db, select, sql, asked);
    const columns = await describeColumns(db, sql, values);
    return { sql, values, columns, name: key, refusal: (error) => refused(error, asked) };
  } catch (error) {
    throw refused(error, asked);
  }
}

/**
 * Refuses what is no SELECT, or more than one, before anything of it is run. Whoever can be read both by itself and in brackets
 * has closed no bracket but its own, and ends nowhere before its end.
 *
 * @throws {UsageError} when it isn't one SELECT
 * @throws DuckDB's error where it can't be read
 */
async function requireSelect(
  db: Database,
  select: string,
  inBrackets: string,
  { key, hint }: AskedSelect,
): Promise<void> {
  const statements = await db.statements(select);
  if (statements === 0) throw new UsageError(`${key} is empty`, hint);
  // A PIVOT that finds its columns by itself is two for DuckDB, and can't be prepared before the first of them has run.
  const kind = statements === 1 ? await db.statementKind(select) : "SELECT";
  if (kind !== "SELECT") throw new UsageError(`${key} is a statement of the kind ${kind}`, hint);
  try {
    await db.statements(`FROM ${inBrackets}`);
  } catch (error) {
    if (statements === 1 || kindOf(error) !== "Parser") throw error;
    throw new UsageError(`${key}: ${statements} statements stand there, and one is asked`, hint);
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

function refused(error: unknown, { key, hint }: AskedSelect): unknown {
  const words = firstLine(error);
  if (/bind parameter/.test(words)) {
    return new UsageError(
      `${key}: {date} stands in a comment or in a text`,
      "write snapshot_date = {date}, and leave it out elsewhere",
      { cause: error },
    );
  }
  const [, unbound] =
    /Values were not provided for the following prepared statement parameters: (.*)/.exec(words) ?? [];
  if (unbound !== undefined) {
    return new UsageError(`${key}: nothing is bound to the parameter ${unbound}`, "{date} is the only one", {
      cause: error,
    });
  }
  return refusal(error, { subject: key, hint });
}
