import { UsageError } from "../../errors.ts";
import { type QueryKey, requireTable } from "../query-text.ts";
import { noTable, tableMeanings } from "../server/table-name.ts";
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
  const table = requireTable(source.table);
  // The last meaning is the one with a database before a dot; a name that has a dot of its own stands in backticks.
  const { schema, name } = tableMeanings(table, "`").at(-1) ?? { schema: undefined, name: table };
  return {
    name: `table ${table}`,
    sql: `${schema === undefined ? "" : `${backticked(schema)}.`}${backticked(name)}`,
    table: { database: schema ?? database, name },
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
  const known = rows.map(([schema, name]) => ({ schema: schema ?? "", name: name ?? "" }));
  const asked = table.database === database ? table.name : `${table.database}.${table.name}`;
  return noTable(asked, server, known, database);
}
