import * as z from "zod";
import type { Database, SqlValue } from "../duckdb/database.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { builtin, identifier } from "../duckdb/sql.ts";
import { dayCondition, dayText } from "./day-sql.ts";
import type { Within } from "./search-path.ts";
import type { DateColumn, NewestDate, SourceSession, Wanted } from "./source.ts";

/** All customers of all dates, as something that DuckDB can SELECT from. */
export interface Relation {
  readonly sql: string;
  /** of the `$names` in the SQL */
  readonly values: Readonly<Record<string, SqlValue>>;
  readonly columns: readonly TypedColumn[];
  /** for messages: "table customers" or "source.query" */
  readonly name: string;
  /** how it is read, where its names are those of another database */
  readonly within?: Within;
  /** Says what DuckDB can't do with the rows, as a typed error. */
  readonly refusal: (error: unknown) => unknown;
}

/**
 * The session of a source that DuckDB reads by itself. DuckDB's optimizer takes the columns and the day into the scan, so
 * what nobody asked for isn't even read.
 *
 * @param close  takes the relation out of the database
 */
export function relationSession(db: Database, relation: Relation, close: () => Promise<void>): SourceSession {
  const translated = async <T>(answer: () => Promise<T>): Promise<T> => {
    try {
      return relation.within === undefined ? await answer() : await relation.within(answer);
    } catch (error) {
      throw relation.refusal(error);
    }
  };
  return {
    name: relation.name,
    columns: relation.columns,
    newestDate: (column, today) => translated(() => newestDate(db, relation, column, today)),
    count: (day) => translated(() => count(db, relation, day)),
    load: (table, wanted) => translated(() => load(db, relation, table, wanted)),
    // A database that damage has made useless lets nothing go either, and what is to be told is the damage.
    [Symbol.asyncDispose]: () => close().catch(() => {}),
  };
}

function whereOf(day: Wanted["day"]): string {
  return day === undefined ? "" : ` WHERE ${dayCondition(day.column, day.date)}`;
}

async function count(db: Database, relation: Relation, day: Wanted["day"]): Promise<number> {
  const [counted] = await db.rows(
    `SELECT ${builtin("count_star")}() AS rows FROM ${relation.sql} AS source_rows${whereOf(day)}`,
    z.object({ rows: z.int() }),
    relation.values,
  );
  return counted?.rows ?? 0;
}

async function load(db: Database, relation: Relation, table: string, { columns, day }: Wanted): Promise<number> {
  const where = whereOf(day);
  const [loaded] = await db.rows(
    `CREATE TABLE ${table} AS SELECT ${columns.map(identifier).join(", ")} FROM ${relation.sql} AS source_rows${where}`,
    z.object({ Count: z.int() }),
    relation.values,
  );
  if (loaded !== undefined) return loaded.Count;
  // What PIVOT makes of a query are several statements, which don't say how many rows the last one made.
  const [counted] = await db.rows(
    `SELECT ${builtin("count_star")}() AS rows FROM ${table}`,
    z.object({ rows: z.int() }),
  );
  return counted?.rows ?? 0;
}

async function newestDate(db: Database, relation: Relation, column: DateColumn, today: string): Promise<NewestDate> {
  const rows = `${relation.sql} AS source_rows`;
  const [newest] = await db.rows(
    `SELECT ${builtin("max")}(day) AS date FROM (SELECT ${dayText(column)} AS day FROM ${rows})
     WHERE ${builtin("regexp_full_match")}(day, '\\d{4}-\\d{2}-\\d{2}') AND day <= $today`,
    z.object({ date: z.string().nullable() }),
    { ...relation.values, today },
  );
  if (typeof newest?.date === "string") return { date: newest.date };
  const [none] = await db.rows(
    `SELECT ${builtin("count_star")}() AS rows, ${builtin("min")}(CAST(${identifier(column.name)} AS VARCHAR)) AS example FROM ${rows}`,
    z.object({ rows: z.int(), example: z.string().nullable() }),
    relation.values,
  );
  return { date: undefined, rows: none?.rows ?? 0, example: none?.example ?? null };
}
