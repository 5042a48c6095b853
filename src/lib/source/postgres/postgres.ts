import { UsageError } from "../../errors.ts";
import type { Catalogue } from "../catalogue.ts";
import { choosesDate, requireTable } from "../query-text.ts";
import { requireReady } from "../ready.ts";
import { serverDescription, serverPlace } from "../server/address.ts";
import { type ServerSettings, superuserWarning, timeoutOf, timeoutSeconds } from "../server/settings.ts";
import { chosen, type Server, type ServerTransaction, serverSource } from "../server/source.ts";
import { bracketedQuery } from "../server/user-query.ts";
import type { Source, SourceRequest, Wanted } from "../source.ts";
import { postgresCatalogue } from "./catalogue.ts";
import { connectPostgres, type PostgresConnection } from "./connection.ts";
import { dayCondition, exampleDay, newestDay } from "./day.ts";
import { type Asked, postgresError } from "./errors.ts";
import { postgresSettings } from "./settings.ts";
import { findTable } from "./table.ts";
import { type Field, type NamedType, type PostgresColumn, postgresColumn, unknownTypes } from "./types.ts";

/** Customers from PostgreSQL: rows by COPY, in one transaction that only reads. */
export function openPostgres(settings: ServerSettings): Source {
  return serverSource(postgresServer(settings));
}

/** Milliseconds, the server's largest. */
const LONGEST_MS = 2_147_483_647;

/**
 * Settings of the transaction, so that the same rows are the same bytes whoever used the session before (a pooler's is handed on).
 * The SELECT at its end takes the snapshot: from then on no SET TRANSACTION lets anything write.
 */
function beginning(settings: ServerSettings): string {
  return ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ...session(settings), "SELECT 1"].join("; ");
}

/** How values are written, and how long things may take, until the transaction's end. */
function session(settings: ServerSettings): string[] {
  const timeout = Math.min(timeoutSeconds(settings) * 1000, LONGEST_MS);
  return [
    "DateStyle = 'ISO, YMD'",
    "IntervalStyle = 'postgres'",
    "TimeZone = 'UTC'",
    "extra_float_digits = 1",
    "bytea_output = 'hex'",
    "client_encoding = 'UTF8'",
    "xmlbinary = 'base64'",
    "standard_conforming_strings = on",
    `statement_timeout = ${timeout}`,
    "lock_timeout = '30s'",
    "idle_in_transaction_session_timeout = '5min'",
  ].map((setting) => `SET LOCAL ${setting}`);
}

/** Since PostgreSQL 14: a query whose client is gone, killed, ends within seconds. Some machines can't tell. */
const LOOK_FOR_CLIENT =
  "SELECT set_config('client_connection_check_interval', '5s', true) FROM pg_catalog.pg_settings WHERE name = 'client_connection_check_interval'";

/** How a place in what is described is one in the user's query. @param sent  in its brackets */
function placeIn(text: string, sent: string): Asked["query"] {
  return { text, sent: sent.slice(1), before: "SELECT * FROM (".length };
}

function postgresServer(settings: ServerSettings): Server {
  const { query } = settings;
  const connectionSettings = postgresSettings(settings);
  const { host, port, user, database } = connectionSettings;
  const place = host.startsWith("/") ? `${host}/.s.PGSQL.${port}` : serverPlace({ host, port });
  const description = serverDescription("postgres", connectionSettings);
  const name = query === undefined ? `table ${settings.table}` : "source.query";
  const asked: Asked = { place, user, database, subject: name, timeout: timeoutOf(settings) };
  return { description, choosesDate: choosesDate(query), begin, requirePresent, catalogue };

  async function requirePresent(): Promise<void> {
    const connection = await told(asked, () => connectPostgres(connectionSettings));
    await connection[Symbol.asyncDispose]();
  }

  async function catalogue(): Promise<Catalogue> {
    await using connection = await told(asked, () => connectPostgres(connectionSettings));
    await told(asked, () => connection.run(beginning(settings)));
    const { sql } = await relation(connection, "");
    return await told(asked, () => postgresCatalogue(connection, sql.replace(/ AS q$/, "")));
  }

  async function begin(request: SourceRequest): Promise<ServerTransaction> {
    const connection = await told(asked, () => connectPostgres(connectionSettings));
    try {
      return await beginWith(connection, request);
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  async function beginWith(connection: PostgresConnection, request: SourceRequest): Promise<ServerTransaction> {
    await told(asked, () => connection.run(beginning(settings)));
    await told(asked, () => lookForClient(connection));
    const warnings = await told(asked, () => superuser(connection, user));
    const rows = await relation(connection, request.date);
    const fields = await told(rows.asked, () => connection.describe(`SELECT * FROM ${rows.sql} LIMIT 0`));
    requireNames(fields, name);
    const named = await told(asked, () => namedTypes(connection, fields));
    const columns = fields.map((field) => postgresColumn(field, request.text.includes(field.name), named));
    await requireComplete(connection, request);
    return {
      name,
      columns,
      warnings,
      newestDate: (column, today) =>
        told(rows.asked, async () => {
          const [[date] = []] = await connection.rows(newestDay(column, today, rows.sql));
          if (typeof date === "string" && /^\d{4}-\d{2}-\d{2}$/.test(date)) return { date };
          const [[count, example = null] = []] = await connection.rows(exampleDay(column, rows.sql));
          return { date: undefined, rows: Number(count), example };
        }),
      count: (day) =>
        told(rows.asked, async () => {
          const [[count] = []] = await connection.rows(`SELECT count(*) FROM ${rows.sql}${whereOf(day)}`);
          return Number(count);
        }),
      // A planner's guess at a query may be wrong by any factor; that of a table's rows is not.
      estimate: async (wanted) =>
        query !== undefined
          ? undefined
          : told(rows.asked, () => estimatedBytes(connection, selection(columns, wanted, rows.sql))),
      write: (files, wanted) =>
        told(rows.asked, async () => {
          const select = selection(columns, wanted, rows.sql);
          // source.ready may have called set_config, which reading alone doesn't forbid.
          await connection.run(session(settings).join("; "));
          // An empty text is quoted by itself where NULL is nothing. A byte order mark at a file's beginning isn't, and would be dropped.
          const quotes = chosen(columns, wanted)[0]?.declared === "VARCHAR" ? ", FORCE_QUOTE (c0)" : "";
          const written = await connection.copyOut(`COPY (${select}) TO STDOUT (FORMAT csv, NULL ''${quotes})`, files);
          // The newest date is asked next where there were none, of the same moment and by the same settings.
          if (written.rows > 0) await connection.run("COMMIT");
          return written;
        }),
      [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
    };
  }

  /** What is read, as something to SELECT from that is called q. */
  async function relation(connection: PostgresConnection, date: string): Promise<{ sql: string; asked: Asked }> {
    if (query !== undefined) {
      const sent = bracketedQuery("source.query", query, date);
      return { sql: `${sent} AS q`, asked: { ...asked, query: placeIn(query, sent) } };
    }
    const table = requireTable(settings.table);
    return { sql: `${await told(asked, () => findTable(connection, table, description))} AS q`, asked };
  }

  async function requireComplete(
    connection: PostgresConnection,
    { date, today = date, complete }: SourceRequest,
  ): Promise<void> {
    const { ready } = settings;
    if (ready === undefined || complete === false) return;
    const sent = bracketedQuery("source.ready", ready, date);
    const answer = await told({ ...asked, subject: "source.ready", query: placeIn(ready, sent) }, () =>
      connection.rows(`SELECT * FROM ${sent} AS q LIMIT 2`),
    );
    requireReady(answer, description, { date, today });
  }
}

/** An error of the driver or the server as a sentence. */
async function told<T>(asked: Asked, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw postgresError(error, asked);
  }
}

/** A machine that can't tell whether a client lives says so as an error, and the transaction goes on from before. */
async function lookForClient(connection: PostgresConnection): Promise<void> {
  await connection.run("SAVEPOINT churn");
  try {
    await connection.rows(LOOK_FOR_CLIENT);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "22023")) throw error;
    await connection.run("ROLLBACK TO SAVEPOINT churn");
  }
}

async function superuser(connection: PostgresConnection, user: string): Promise<string[]> {
  const [[is] = []] = await connection.rows("SELECT current_setting('is_superuser')");
  return is === "on" ? [superuserWarning(user)] : [];
}

function requireNames(fields: readonly Field[], name: string): void {
  if (fields.length === 0) throw new UsageError(`${name} gives no columns`, "a SELECT that gives one row a customer");
  const names = fields.map((field) => field.name);
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice === undefined) return;
  throw new UsageError(
    `${name} gives two columns called ${twice}`,
    "give one of them another name (AS), or name the columns that are needed",
  );
}

async function namedTypes(
  connection: PostgresConnection,
  fields: readonly Field[],
): Promise<ReadonlyMap<number, NamedType>> {
  const oids = unknownTypes(fields);
  if (oids.length === 0) return new Map();
  const rows = await connection.rows(
    "SELECT oid::text, pg_catalog.format_type(oid, NULL), typtype::text, typname::text FROM pg_catalog.pg_type WHERE oid = ANY ($1::oid[])",
    [`{${oids.join(",")}}`],
  );
  return new Map(
    rows.map(([oid, name, kind, called]) => [
      Number(oid),
      { name: name ?? "unknown", isEnum: kind === "e", isText: called === "citext" },
    ]),
  );
}

function selection(columns: readonly PostgresColumn[], wanted: Wanted, rows: string): string {
  const selected = chosen(columns, wanted).map(({ select }, index) => `${select} AS c${index}`);
  return `SELECT ${selected.join(", ")} FROM ${rows}${whereOf(wanted.day)}`;
}

function whereOf(day: Wanted["day"]): string {
  return day === undefined ? "" : ` WHERE ${dayCondition(day.column, day.date)}`;
}

/** As the planner reckons it: rows by their width. */
async function estimatedBytes(connection: PostgresConnection, select: string): Promise<number | undefined> {
  const [[plan] = []] = await connection.rows(`EXPLAIN (FORMAT text) ${select}`);
  const [, rows, width] = /rows=(\d+) width=(\d+)/.exec(plan ?? "") ?? [];
  return rows === undefined || width === undefined ? undefined : Number(rows) * Number(width);
}
