import { UsageError } from "../../errors.ts";
import { choosesDate } from "../query-text.ts";
import { requireReady } from "../ready.ts";
import { serverDescription, serverPlace } from "../server/address.ts";
import { csvRows } from "../server/csv-rows.ts";
import { type ServerSettings, superuserWarning, timeoutSeconds } from "../server/settings.ts";
import { chosen, type Server, type ServerTransaction, serverSource } from "../server/source.ts";
import type { Source, SourceRequest, Wanted } from "../source.ts";
import { mysqlCatalogue } from "./catalogue.ts";
import { connect, type MysqlConnection } from "./connection.ts";
import { dayCondition, newestOf, newestQuestion, withoutDate, withoutDateQuestion } from "./day.ts";
import { type Asked, mysqlError } from "./errors.ts";
import { armKillGuard, type KillGuard } from "./kill-guard.ts";
import { type Described, describe, queryInBrackets, relationOf } from "./relation.ts";
import { type MysqlSettings, mysqlPlace, mysqlSettings } from "./settings.ts";
import { type MysqlColumn, textLiteral } from "./types.ts";

/** Customers of a MySQL or MariaDB server. */
export function openMysql(settings: ServerSettings): Source {
  return serverSource(mysqlServer(settings));
}

/** The same without the patience for what fails in passing. */
export function mysqlServer(settings: ServerSettings): Server {
  const description = serverDescription("mysql", mysqlPlace(settings));
  /** Only when it is asked: whoever reads no customers needs no password. */
  const opening = (): { readonly address: MysqlSettings; readonly asked: Asked } => {
    const address = mysqlSettings(settings);
    const { user, database, password } = address;
    const limit = timeoutSeconds(settings);
    const asked = {
      server: description,
      place: serverPlace(address),
      user,
      database,
      password: password !== undefined,
      subject: undefined,
      limit,
    };
    return { address, asked };
  };
  return {
    description,
    choosesDate: choosesDate(settings.query),
    async requirePresent() {
      const { address, asked } = opening();
      const connection = await told(asked, () => connect(address));
      await connection.close();
    },
    async catalogue() {
      const { address, asked } = opening();
      const relation = relationOf({ table: settings.table, query: undefined }, address.database, "");
      const connection = await told(asked, () => connect(address));
      try {
        const subject: Asked = { ...asked, subject: relation.name };
        await told(subject, () => connection.run("SET NAMES utf8mb4"));
        const place = { server: description, database: address.database };
        await told(subject, () => describe(connection, relation, [], place));
        const { database = address.database, name } = relation.table ?? { name: "" };
        return await told(subject, () => mysqlCatalogue(connection, { database, name }));
      } finally {
        await connection.close();
      }
    },
    async begin(request) {
      const { address, asked } = opening();
      const { database } = address;
      const relation = relationOf({ table: settings.table, query: settings.query }, database, request.date);
      const ready =
        settings.ready === undefined || request.complete === false
          ? undefined
          : queryInBrackets("source.ready", settings.ready, request.date);
      const connection = await told(asked, () => connect(address));
      const session = new Session(connection, address, settings);
      try {
        await told({ ...asked, subject: relation.name }, () => beginTransaction(connection, asked.limit));
        if (ready !== undefined) await requireComplete(session, ready, { ...asked, subject: "source.ready" }, request);
        const subject: Asked = { ...asked, subject: relation.name };
        const warnings = await told(subject, () => superuser(connection, asked.user));
        const described = await told(subject, () =>
          describe(connection, relation, request.text, { server: description, database }),
        );
        return transaction(session, { ...described, warnings }, subject);
      } catch (error) {
        await session[Symbol.asyncDispose]();
        throw error;
      }
    },
  };
}

/** A connection whose queries end with this process, however it ends. */
class Session implements AsyncDisposable {
  readonly connection: MysqlConnection;
  readonly #address: MysqlSettings;
  readonly #settings: ServerSettings;
  #guard: KillGuard | undefined;
  #running = 0;

  constructor(connection: MysqlConnection, address: MysqlSettings, settings: ServerSettings) {
    this.connection = connection;
    this.#address = address;
    this.#settings = settings;
  }

  /** Runs what reads rows, and may take its time. */
  async guarded<T>(query: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    this.#guard ??= armKillGuard(this.#address, this.connection.id, this.#settings.environment);
    this.#running += 1;
    const answer = await query(this.connection);
    // What has failed may run on at the server.
    this.#running -= 1;
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#running === 0) this.#guard?.disarm();
    else await this.#guard?.fire();
    await this.connection.close();
  }
}

/**
 * One snapshot for all that is asked, read only, in UTC and UTF-8. What a server, or its init_connect, may have set otherwise is
 * set here: a limit of rows, CHAR filled up with blanks, a level of isolation that knows no snapshot.
 */
async function beginTransaction(connection: MysqlConnection, limitSeconds: number): Promise<void> {
  const { rows } = await connection.ask("SELECT @@version, @@sql_mode");
  const [version, modes] = rows[0] ?? [];
  const limit = /MariaDB/i.test(version ?? "")
    ? `max_statement_time = ${limitSeconds}`
    : `max_execution_time = ${Math.min(limitSeconds * 1000, 2 ** 32 - 1)}`;
  const kept = (modes ?? "").split(",").filter((mode) => mode !== "PAD_CHAR_TO_FULL_LENGTH");
  for (const statement of [
    "SET NAMES utf8mb4",
    "SET time_zone = '+00:00'",
    `SET SESSION sql_mode = '${kept.join(",")}'`,
    "SET SESSION sql_select_limit = 18446744073709551615",
    `SET SESSION net_write_timeout = ${NET_WRITE_SECONDS}`,
    `SET SESSION ${limit}`,
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
  ]) {
    await connection.run(statement);
  }
}

/** How long the server lets rows wait, a minute otherwise: the disk may be slow. */
const NET_WRITE_SECONDS = 600;

async function requireComplete(session: Session, ready: string, asked: Asked, { date, today }: SourceRequest) {
  const { rows } = await told(asked, () =>
    session.guarded((connection) => connection.ask(`SELECT * FROM ${ready} AS source_rows LIMIT 2`)),
  );
  requireReady(rows, asked.server, { date, today: today ?? date });
}

/** Who may do anything, and reads customers: MySQL tells a user's own privileges to that user. */
async function superuser(connection: MysqlConnection, user: string): Promise<string[]> {
  const { rows } = await connection.ask(
    `SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE = 'SUPER'
       AND GRANTEE = CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')`,
  );
  return rows[0]?.[0] === "0" ? [] : [superuserWarning(user)];
}

function transaction(
  session: Session,
  { relation, columns, warnings }: Described & { readonly warnings: readonly string[] },
  asked: Asked,
): ServerTransaction {
  const ask = async (sql: string) =>
    (await told(asked, () => session.guarded((connection) => connection.ask(sql)))).rows[0];
  return {
    name: relation.name,
    columns,
    warnings,
    async newestDate(column, today) {
      const [value] = (await ask(newestQuestion(column, today, relation.sql))) ?? [];
      const date = newestOf(column, value);
      if (date !== undefined) return { date };
      return withoutDate(await ask(withoutDateQuestion(column, relation.sql)));
    },
    async count(day) {
      const [rows] = (await ask(`SELECT COUNT(*) FROM ${relation.sql}${whereOf(day)}`)) ?? [];
      return Number(rows ?? 0);
    },
    async estimate(wanted) {
      // Of a query's rows, or a day's, nothing is known that one could refuse a night for.
      if (relation.table === undefined || wanted.day !== undefined || wanted.columns.length < columns.length) return;
      const { database, name } = relation.table;
      const [bytes] =
        (await ask(
          `SELECT DATA_LENGTH FROM information_schema.TABLES
           WHERE TABLE_SCHEMA = ${textLiteral(database)} AND TABLE_NAME = ${textLiteral(name)}`,
        )) ?? [];
      return bytes === null || bytes === undefined ? undefined : Number(bytes);
    },
    async write(files, wanted) {
      const selected = chosen(columns, wanted);
      const sql = `SELECT ${selected.map(({ select }) => select).join(", ")} FROM ${relation.sql}${whereOf(wanted.day)}`;
      const rows = csvRows(
        files,
        selected.map(({ quoted }) => quoted),
      );
      const dated = selected.flatMap((column, index) => (column.dated ? [{ column, index }] : []));
      return await told(asked, () =>
        session.guarded(async (connection) => {
          await connection.each(sql, (row) => {
            for (const { column, index } of dated) {
              if (row[index]?.startsWith("0000-00-00")) throw zeroDate(column, asked);
            }
            return rows.add(row);
          });
          const written = await rows.end();
          // The newest date is asked next where there were none, of the same moment.
          if (written.rows > 0) await connection.run("COMMIT");
          return written;
        }),
      );
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function whereOf(day: Wanted["day"]): string {
  return day === undefined ? "" : ` WHERE ${dayCondition(day.column, day.date)}`;
}

function zeroDate({ name }: MysqlColumn, { server, subject }: Asked): UsageError {
  return new UsageError(
    `${subject} in ${server}: ${name} has the date 0000-00-00, which is none`,
    `NULLIF(${name}, '0000-00-00') in source.query makes NULL of it; dataset.exclude leaves the column in the source`,
  );
}

async function told<T>(asked: Asked, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw mysqlError(error, asked);
  }
}
