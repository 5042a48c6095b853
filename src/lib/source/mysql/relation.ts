import { suggestion } from "../../cli/suggestions.ts";
import { UsageError } from "../../errors.ts";
import type { QueryKey } from "../query-text.ts";
import { bracketedQuery } from "../server/user-query.ts";
import type { Field, MysqlConnection } from "./connection.ts";
import { numberOf } from "./errors.ts";
import { backticked, columnOf, type MysqlColumn } from "./types.ts";

/** All customers of all dates, as something that the server can SELECT from. */
export interface MysqlRelation {
  /** for messages: "table customers" or "source.query" */
  readonly name: string;
  readonly sql: string;
  /** database and table, where it is one */
  readonly table?: { readonly database: string; readonly name: string };
}

/** What is to be read, and its columns. */
export interface Described {
  readonly relation: MysqlRelation;
  readonly columns: readonly MysqlColumn[];
}

/**
 * The table or the query that churn.yaml names. Nothing is asked yet.
 *
 * @param date  YYYY-MM-DD, for {date} of a query
 */
export function relationOf(
  source: { readonly table: string | undefined; readonly query: string | undefined },
  database: string,
  date: string,
): MysqlRelation {
  if (source.query !== undefined) {
    return { name: "source.query", sql: `${queryInBrackets("source.query", source.query, date)} AS source_rows` };
  }
  const { table } = source;
  if (table === undefined) {
    throw new UsageError("source.table is missing", "source.table or source.query in churn.yaml says what to read");
  }
  const named = tableNamed(table);
  return {
    name: `table ${table}`,
    sql: `${named.database === undefined ? "" : `${backticked(named.database)}.`}${backticked(named.name)}`,
    table: { database: named.database ?? database, name: named.name },
  };
}

/** @throws {UsageError} besides, where the server would reckon with {date} as a number, without a word */
export function queryInBrackets(key: QueryKey, query: string, date: string): string {
  if (/\{date\}\s*[-+](?!\s*interval\b)/i.test(query)) {
    throw new UsageError(
      `${key}: MySQL makes a number of {date} where something is added or taken away`,
      "write {date} - INTERVAL 7 DAY",
    );
  }
  return bracketedQuery(key, query, date);
}

/** TABLE or DATABASE.TABLE, each with or without backticks, in which a dot is part of the name. */
export function tableNamed(table: string): { readonly database: string | undefined; readonly name: string } {
  const part = "(`(?:[^`]|``)+`|[^`.]+)";
  const [, first, second] = new RegExp(`^${part}(?:\\.${part})?$`, "s").exec(table) ?? [];
  if (first === undefined) return { database: undefined, name: table };
  const plain = (name: string) => name.replace(/^`(.*)`$/s, "$1").replaceAll("``", "`");
  return second === undefined
    ? { database: undefined, name: plain(first) }
    : { database: plain(first), name: plain(second) };
}

/**
 * Asks for the columns; no row is read.
 *
 * @param text  columns that are text whatever they look like
 * @throws {UsageError} when there is no such table
 */
export async function describe(
  connection: MysqlConnection,
  relation: MysqlRelation,
  text: readonly string[],
  place: { readonly server: string; readonly database: string },
): Promise<Described> {
  let fields: readonly Field[];
  try {
    ({ fields } = await connection.ask(`SELECT * FROM ${relation.sql} LIMIT 0`));
  } catch (error) {
    if (relation.table === undefined || !NOT_THERE.has(numberOf(error) ?? 0)) throw error;
    throw (await missingTable(connection, relation.table, place)) ?? error;
  }
  return { relation, columns: fields.map((field) => columnOf(field, text.includes(field.name))) };
}

/** No such table or database, or no right to know whether there is one. */
const NOT_THERE = new Set([1146, 1049, 1142, 1044]);

/** Undefined where the table is there all the same. */
async function missingTable(
  connection: MysqlConnection,
  table: { readonly database: string; readonly name: string },
  { server, database }: { readonly server: string; readonly database: string },
): Promise<UsageError | undefined> {
  // What this user may not read isn't listed.
  const { rows } = await connection.ask(
    `SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES
     WHERE TABLE_SCHEMA NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY 1, 2`,
  );
  if (rows.some(([schema, name]) => schema === table.database && name === table.name)) return undefined;
  const own = rows.filter(([schema]) => schema === database).map(([, name]) => name ?? "");
  const others = rows.filter(([schema]) => schema !== database).map(([schema, name]) => `${schema}.${name}`);
  const isOwn = table.database === database;
  const asked = isOwn ? table.name : `${table.database}.${table.name}`;
  return new UsageError(
    `${server} has no table ${asked} that its user may read`,
    `source.table: ${suggestion(asked, [...own, ...others])}`,
  );
}
