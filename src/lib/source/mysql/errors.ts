import { visibleLine } from "../../cli/visible.ts";
import { withoutValues } from "../../duckdb/errors.ts";
import { type ChurnError, ServiceError, UnreachableError, UsageError } from "../../errors.ts";
import { SELECT_HINT } from "../query.ts";
import { SilentServer } from "../server/answer-time.ts";
import { lostConnection, networkError, type Peer, strangeAnswer } from "../server/network-error.ts";

/** Letters of a server's words that are shown. */
const WORDS = 200;

/** What was asked, for sentences. */
export interface Asked {
  /** "mysql://db/shop" */
  readonly server: string;
  /** HOST:PORT, or the socket's path */
  readonly place: string;
  readonly user: string;
  readonly database: string;
  /** whether a password was given */
  readonly password: boolean;
  /** "table customers", "source.query" or "source.ready"; undefined while connecting */
  readonly subject: string | undefined;
  /** seconds that the server has for a query */
  readonly limit: number;
}

/** What the driver says: an error of the server has a number and a state, one of the network neither. */
interface DriverError extends Error {
  readonly code?: string;
  readonly errno?: number;
  /** "" where the server hasn't got as far as to tell any: it takes no more connections */
  readonly sqlState?: string;
  readonly fatal?: boolean;
}

/**
 * The driver's error as a sentence; what isn't one of the driver's comes back as it is.
 *
 * @see https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
 */
export function mysqlError(error: unknown, asked: Asked): unknown {
  if (error instanceof SilentServer) return networkError(error, peerOf(asked));
  if (!isOfDriver(error)) return error;
  if (error.sqlState === undefined) {
    const peer = peerOf(asked);
    return ofPlugin(error, asked) ?? networkError(error, peer) ?? strangeAnswer(error, peer, error.message);
  }
  return ofLogin(error, asked) ?? ofServer(error, asked) ?? ofSql(error, asked);
}

function peerOf({ place, subject }: Asked): Peer {
  return { name: "MySQL or MariaDB", place, subject };
}

/** The number of the server's error; undefined where it isn't the server's. */
export function numberOf(error: unknown): number | undefined {
  return isOfDriver(error) && error.sqlState !== undefined ? error.errno : undefined;
}

function isOfDriver(error: unknown): error is DriverError {
  if (!(error instanceof Error)) return false;
  return "sqlState" in error || "fatal" in error;
}

/** A way to log in that the driver doesn't know, or doesn't take: it would send the bare password. */
function ofPlugin({ code, message }: DriverError, { server, user }: Asked): ChurnError | undefined {
  if (code !== "AUTH_SWITCH_PLUGIN_ERROR" && code !== "MYSQL_CLEAR_PASSWORD_NOT_ENABLED") return undefined;
  const plugin = /unknown plugin (\S+?)\.? |using (mysql_clear_password)/.exec(message)?.slice(1).find(Boolean);
  return new UsageError(
    `${server} asks ${user} for a login that churn can't do${plugin === undefined ? "" : `: ${visibleLine(plugin, WORDS)}`}`,
    "a user of mysql_native_password or caching_sha2_password, who may only read the customers, is enough",
  );
}

function ofLogin(cause: DriverError, asked: Asked): ChurnError | undefined {
  const { errno, message } = cause;
  const { server, user, database, password } = asked;
  const words = visibleLine(message, WORDS);
  switch (errno) {
    case 1045:
    case 1698:
      return password
        ? new UsageError(
            `${server} refuses ${user}: the password is wrong, or there is no such user`,
            "MYSQL_PWD in the environment or in the workspace's .env (mode 0600)",
          )
        : new UsageError(
            `${server} refuses ${user} without a password`,
            "MYSQL_PWD in the environment or in the workspace's .env (mode 0600)",
          );
    case 1044:
      return new UsageError(
        `${user} may not use the database ${database} of ${server}, or there is none`,
        `GRANT SELECT ON ${database}.* TO ${user}`,
      );
    case 1049:
      return new UsageError(`${server}: there is no database ${database}`, ADDRESS_HINT);
    case 1129:
    case 1130:
      return new UsageError(`${server} lets nobody in from this machine: ${words}`, "its administrator can allow it", {
        cause,
      });
    case 1820:
    case 1862:
    case 3118:
      return new UsageError(`${server} refuses ${user}: ${words}`, "its administrator can mend it", { cause });
    case 1040:
    case 1203:
    case 1226:
      return new UnreachableError(`${server} has no free connection for ${user}`, AGAIN_HINT);
  }
  return undefined;
}

function ofServer(error: DriverError, asked: Asked): ChurnError | undefined {
  const { server, subject, limit } = asked;
  switch (error.errno) {
    case 1053:
    case 1927:
      return lostConnection(error, peerOf(asked));
    case 1205:
      return new ServiceError(`${subject} of ${server} is locked by another session`, AGAIN_HINT);
    case 1213:
    case 1412:
      return new UnreachableError(
        `${subject} of ${server} was changed while it was read; nothing was kept`,
        AGAIN_HINT,
      );
    case 1317:
      return new ServiceError(`somebody ended the query of ${subject} on ${server}`, AGAIN_HINT);
    case 1969:
    case 3024:
      return new ServiceError(
        `${subject} took ${server} longer than ${limit} s`,
        "source.timeout in churn.yaml, or an index on the column of dataset.date",
      );
  }
  return undefined;
}

/** Classes of SQLSTATE for what the SQL, or what it computes, does wrong. */
const OF_SQL = /^(?:0A|21|22|23|25|42|44)/;

function ofSql(cause: DriverError, asked: Asked): ChurnError {
  const { errno, sqlState = "", message } = cause;
  const { server, user, subject = "the login" } = asked;
  // What goes wrong with a value names it, and it is a customer's.
  const words = visibleLine(/^2[23]/.test(sqlState) ? withoutValues(message) : wordsOf(message), WORDS);
  if (errno === 1142 || errno === 1143 || errno === 1227 || errno === 1370) {
    return new UsageError(
      `${subject} of ${server}: ${user} may not do that: ${words}`,
      `GRANT SELECT ON … TO ${user}`,
      {
        cause,
      },
    );
  }
  if (errno === 1792) return new UsageError(`${subject} writes, and only reading is allowed`, SELECT_HINT);
  if (OF_SQL.test(sqlState) || errno === 1356 || errno === 4079) {
    return new UsageError(`${subject} of ${server}: ${words}`, SELECT_HINT, { cause });
  }
  return new ServiceError(`${subject} of ${server} can't be read: ${words}`, "the server's log may say more", {
    cause,
  });
}

/** The server's words: of a mistake in grammar the place alone, and without the brackets that stand around a query. */
function wordsOf(message: string): string {
  return message
    .replace(/^You have an error in your SQL syntax;.*? near /s, "a mistake of grammar near ")
    .replace(/\s*\n\)[^\n]*'( at line \d+)$/, "'$1");
}

const ADDRESS_HINT = "source.url in churn.yaml names it: mysql://USER@HOST:PORT/DATABASE";
const AGAIN_HINT = "run it again in a while";
