import { visible } from "../../cli/visible.ts";
import { withoutValues } from "../../duckdb/errors.ts";
import { type ChurnError, ServiceError, UnreachableError, UsageError } from "../../errors.ts";
import { SELECT_HINT } from "../query.ts";
import { SilentServer } from "../server/answer-time.ts";
import { CONNECT_SECONDS } from "./connection.ts";

/** What was asked, for sentences. */
export interface Asked {
  /** "mysql://db/shop" */
  readonly server: string;
  readonly host: string;
  readonly user: string;
  readonly database: string;
  /** whether a password was given */
  readonly password: boolean;
  /** "table customers", "source.query" or "source.ready"; undefined while connecting */
  readonly subject: string | undefined;
  /** seconds that the server has for a query */
  readonly limit: number;
}

/** What the driver says: an error of the server has a number, one of the network a code. */
interface DriverError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlState?: string;
  readonly fatal?: boolean;
}

/**
 * The driver's error as a sentence; what isn't one of the driver's comes back as it is.
 *
 * @see https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
 */
export function mysqlError(error: unknown, asked: Asked): unknown {
  if (error instanceof SilentServer) {
    return new ServiceError(
      `${asked.server} said nothing more, and ${asked.limit} s are over: nothing was kept`,
      "is the way to it open? source.timeout in churn.yaml gives it longer",
      { cause: error },
    );
  }
  if (!isOfDriver(error)) return error;
  return (
    ofNetwork(error, asked) ??
    ofTls(error, asked) ??
    ofLogin(error, asked) ??
    ofServer(error, asked) ??
    ofSql(error, asked)
  );
}

/** The number of the server's error; undefined where it isn't the server's. */
export function numberOf(error: unknown): number | undefined {
  return isOfDriver(error) && error.sqlState !== undefined ? error.errno : undefined;
}

function isOfDriver(error: unknown): error is DriverError {
  if (!(error instanceof Error)) return false;
  return "sqlState" in error || "fatal" in error;
}

function ofNetwork({ code, sqlState }: DriverError, asked: Asked): ChurnError | undefined {
  if (sqlState !== undefined) return undefined;
  const { server, host, subject } = asked;
  switch (code) {
    case "ENOTFOUND":
      return new UsageError(`the host ${host} is unknown`, ADDRESS_HINT);
    case "EAI_AGAIN":
      return new UnreachableError(`the name server doesn't answer what ${host} is`, AGAIN_HINT);
    case "ECONNREFUSED":
    case "ENOENT":
      return new UnreachableError(`nothing listens at ${server}: is MySQL or MariaDB up?`, ADDRESS_HINT);
    case "HANDSHAKE_NO_SSL_SUPPORT":
    case "HANDSHAKE_SSL_ERROR":
    case "AUTH_SWITCH_PLUGIN_ERROR":
    case "MYSQL_CLEAR_PASSWORD_NOT_ENABLED":
      return undefined;
  }
  if (subject === undefined && /^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code ?? "")) {
    return new UnreachableError(
      `${server} didn't answer within ${CONNECT_SECONDS} s`,
      "is the way there open (firewall, VPN), and is it MySQL or MariaDB that listens?",
    );
  }
  return new UnreachableError(`the connection to ${server} was lost; nothing was kept`, AGAIN_HINT);
}

function ofTls({ code, message }: DriverError, { server }: Asked): ChurnError | undefined {
  if (code === "HANDSHAKE_NO_SSL_SUPPORT") {
    return new UsageError(`${server} speaks no TLS`, "source.url: ?sslmode=disable where the way is safe otherwise");
  }
  if (code !== "HANDSHAKE_SSL_ERROR") return undefined;
  if (/expired/.test(message)) {
    return new ServiceError(`the certificate of ${server} has expired`, "its administrator has to renew it");
  }
  const names = /.*altnames: (.*)/.exec(message)?.[1];
  if (names !== undefined) {
    return new UsageError(
      `the certificate of ${server} is for other names: ${visible(names, WORDS)}`,
      "name the host in source.url as its certificate does, or write sslmode=verify-ca",
    );
  }
  if (/self[- ]signed|unable to (?:verify|get)|issuer/.test(message)) {
    return new UsageError(
      `the certificate of ${server} is signed by no authority that is known here`,
      "source.url: ?sslrootcert=FILE names the authority's file",
    );
  }
  return new ServiceError(`${server} can't agree on TLS: ${visible(message, WORDS)}`, "its log may say more");
}

function ofLogin({ code, errno, message }: DriverError, asked: Asked): ChurnError | undefined {
  const { server, user, database, password } = asked;
  if (code === "AUTH_SWITCH_PLUGIN_ERROR" || code === "MYSQL_CLEAR_PASSWORD_NOT_ENABLED") {
    const plugin = /unknown plugin (\S+?)\.? |using (mysql_clear_password)/.exec(message)?.slice(1).find(Boolean);
    return new UsageError(
      `${server} asks ${user} for a login that churn can't do${plugin === undefined ? "" : `: ${visible(plugin, WORDS)}`}`,
      "a user of mysql_native_password or caching_sha2_password, who may only read the customers, is enough",
    );
  }
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
      return new UsageError(
        `${server} lets nobody in from this machine: ${visible(message, WORDS)}`,
        "its administrator can allow it",
      );
    case 1820:
    case 1862:
    case 3118:
      return new UsageError(`${server} refuses ${user}: ${visible(message, WORDS)}`, "its administrator can mend it");
    case 1040:
    case 1203:
    case 1226:
      return new UnreachableError(`${server} has no free connection for ${user}`, AGAIN_HINT);
  }
  return undefined;
}

function ofServer({ errno }: DriverError, { server, subject, limit }: Asked): ChurnError | undefined {
  switch (errno) {
    case 1053:
    case 1927:
      return new UnreachableError(`the connection to ${server} was lost; nothing was kept`, AGAIN_HINT);
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

/** Letters of a server's words that are shown. */
const WORDS = 200;

/** Classes of SQLSTATE for what the SQL, or what it computes, does wrong. */
const OF_SQL = /^(?:0A|21|22|23|25|42|44)/;

function ofSql({ errno, sqlState = "", message }: DriverError, asked: Asked): ChurnError {
  const { server, user, subject = "the login" } = asked;
  // What goes wrong with a value names it, and it is a customer's.
  const words = visible(/^2[23]/.test(sqlState) ? withoutValues(message) : wordsOf(message), WORDS);
  if (errno === 1142 || errno === 1143 || errno === 1227 || errno === 1370) {
    return new UsageError(`${subject} of ${server}: ${user} may not do that: ${words}`, `GRANT SELECT ON … TO ${user}`);
  }
  if (errno === 1792) return new UsageError(`${subject} writes, and only reading is allowed`, SELECT_HINT);
  if (OF_SQL.test(sqlState) || errno === 1356 || errno === 4079) {
    return new UsageError(`${subject} of ${server}: ${words}`, SELECT_HINT);
  }
  return new ServiceError(`${subject} of ${server} can't be read: ${words}`, "the server's log may say more");
}

/** The server's words: of a mistake in grammar the place alone, and without the brackets that stand around a query. */
function wordsOf(message: string): string {
  return message
    .replace(/^You have an error in your SQL syntax;.*? near /s, "a mistake of grammar near ")
    .replace(/\s*\n\)[^\n]*'( at line \d+)$/, "'$1");
}

const ADDRESS_HINT = "source.url in churn.yaml: mysql://USER@HOST:PORT/DATABASE";
const AGAIN_HINT = "run it again in a while";
