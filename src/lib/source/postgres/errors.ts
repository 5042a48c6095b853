import { visible } from "../../cli/visible.ts";
import { identifier } from "../../duckdb/sql.ts";
import { ChurnError, ServiceError, UnreachableError, UsageError } from "../../errors.ts";
import { machineError } from "../../files/machine-error.ts";
import { networkError, strangeAnswer } from "../server/network-error.ts";
import { queryPlace } from "../server/query-place.ts";

/** What was asked when an error came, for its sentence. */
export interface Asked {
  /** HOST:PORT, or the socket's path */
  readonly place: string;
  readonly user: string;
  readonly database: string;
  /** "source.query", "source.ready" or "table customers" */
  readonly subject: string;
  /** source.timeout, as churn.yaml writes it */
  readonly timeout: string;
  /** the user's SQL, what of it was sent, and the characters before that */
  readonly query?: { readonly text: string; readonly sent: string; readonly before: number } | undefined;
}

/** What PostgreSQL says of an error. */
interface ServerError {
  /** SQLSTATE */
  readonly code: string;
  readonly message: string;
  /** characters of the statement up to it, from 1 */
  readonly position: number | undefined;
  readonly error: Error;
}

/** Letters of a server's words that are shown. */
const WORDS = 200;

/**
 * An error of PostgreSQL, of its driver or of the way to it, as a sentence. What a machine mends is 5, what a person mends is 2.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export function postgresError(error: unknown, asked: Asked): unknown {
  if (error instanceof ChurnError) return error;
  const { place, subject } = asked;
  const said = serverError(error);
  if (said !== undefined) return ofServer(said, asked);
  const server = { name: "PostgreSQL", place, subject };
  const onTheWay = networkError(error, server);
  if (onTheWay !== undefined) return onTheWay;
  const text = error instanceof Error ? error.message : String(error);
  if (
    /Received unexpected|error establishing an SSL connection|unknown message|invalid response|SASL: |Unknown authenticationOk message/i.test(
      text,
    )
  )
    return strangeAnswer(error, server, text);
  // What the disk refuses is told by who knows the file.
  const isOfNetwork = error instanceof Error && "syscall" in error && error.syscall !== "write";
  return isOfNetwork ? machineError(error, place) : error;
}

function serverError(error: unknown): ServerError | undefined {
  if (!(error instanceof Error && "code" in error && "severity" in error)) return undefined;
  const { code } = error;
  if (typeof code !== "string" || !/^[0-9A-Z]{5}$/.test(code)) return undefined;
  const position = "position" in error ? Number(error.position) : Number.NaN;
  return { code, message: error.message, position: Number.isInteger(position) ? position : undefined, error };
}

function ofServer({ code, message, position, error }: ServerError, asked: Asked): ChurnError {
  const { place, user, database, subject, timeout } = asked;
  const options = { cause: error };
  // What a function can't reckon with may be a customer's; what the server points at is the query's own.
  const mayQuote = code.startsWith("22") && position === undefined;
  const words = visible(mayQuote ? withoutQuoted(message) : message, WORDS);
  const at = position === undefined ? "" : placeOf(position, asked);
  const usage = (text: string, hint: string) => new UsageError(text, hint, options);
  const service = (text: string, hint: string) => new ServiceError(text, hint, options);
  const passing = (text: string, hint: string) => new UnreachableError(text, hint, options);
  switch (code) {
    case "28P01":
      return usage(
        `PostgreSQL at ${place} refuses the password of ${user}, or knows no such user`,
        "PGPASSWORD in the environment or the workspace's .env, or ~/.pgpass",
      );
    case "28000":
      return usage(
        `${user} may not log in at ${place} from here: ${words}`,
        "pg_hba.conf of the server says who may; does it ask for TLS (sslmode)?",
      );
    case "3D000":
      return usage(
        `there is no database ${database} at ${place}`,
        "source.url in churn.yaml names it: postgres://USER@HOST/DATABASE",
      );
    case "42501":
      return usage(
        `${user} may not read ${subject}: ${words}`,
        /for database/.test(message)
          ? `GRANT CONNECT ON DATABASE ${sqlName(database)} TO ${sqlName(user)}, by its owner`
          : `GRANT USAGE ON SCHEMA and GRANT SELECT ON the table TO ${sqlName(user)}, by its owner`,
      );
    case "25006":
    case "25001":
      return usage(
        `${subject} writes${at}: only reading is allowed (${words})`,
        "a SELECT that gives one row a customer",
      );
    case "42P01":
    case "3F000":
      return usage(`${subject}${at}: ${words}`, "a table of another schema needs that one's name: SCHEMA.TABLE");
    case "08P01":
      if (POOLER_IN_PASSING.test(message))
        return passing(`the pooler at ${place} has no connection for ${user}: ${words}`, "its log tells why");
      return usage(
        `${place} refuses how churn speaks: ${words}`,
        "is it a pooler? its log tells; the server's own port has none",
      );
    case "0A000":
      if (/data-modifying/.test(message)) return ofServer({ code: "25006", message, position, error }, asked);
      return usage(
        `${subject}: the server can't do that: ${words}`,
        "source.command in churn.yaml takes customers from any client of its own",
      );
    case "53300":
      return passing(
        `PostgreSQL at ${place} has no free connection for ${user}`,
        "SELECT * FROM pg_stat_activity shows who has them",
      );
    case "57P03":
      return passing(`PostgreSQL at ${place} is not ready: ${words}`, "it starts up or shuts down: run it again later");
    case "57014":
      return /statement timeout/.test(message)
        ? service(
            `${subject} took longer than ${timeout} on the server`,
            "source.timeout in churn.yaml gives it longer; is there an index on the date column?",
          )
        : service(`somebody cancelled ${subject} on the server`, "run it again; pg_cancel_backend is how that is done");
    case "55P03":
      return service(
        `${subject} is locked by another session`,
        "run it again once that is done: SELECT * FROM pg_locks shows it",
      );
    case "25P03":
      return service(`PostgreSQL at ${place} closed an idle transaction`, "run it again");
    case "40001":
      return passing(
        `the server took ${subject} back: ${words}`,
        "a replica does that to catch up: read the primary, or set hot_standby_feedback on the replica",
      );
  }
  if (/^(?:08|57P)/.test(code))
    return passing(`PostgreSQL at ${place} went away: ${words}`, "is it up? its log tells who ended it");
  if (/^53|^54|^55|^58|^XX|^F0|^40/.test(code))
    return (code === "40P01" ? passing : service)(
      `PostgreSQL at ${place} could not read ${subject}: ${words}`,
      "its log tells more",
    );
  return usage(`${subject}${at}: ${words}`, HINTS[code] ?? "a SELECT that gives one row a customer");
}

/** pgbouncer has one code for all that it says by itself. */
const POOLER_IN_PASSING =
  /query_wait_timeout|no more connections allowed|cannot connect to server|login has been failing|server conn crashed/;

/** A name as SQL takes it: in quotes where it needs them. */
function sqlName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name);
}

/** A message without what stands in its quotes, of whatever language they are. */
function withoutQuoted(message: string): string {
  return message.replace(/["'«»„“”](?:.*["'«»„“”]|.*$)/su, "…");
}

const HINTS: Readonly<Record<string, string>> = {
  "22P02": "a text can't be reckoned with: {date}::date - 7",
  "42883": "types may need a cast: {date}::date",
  "42601": "one SELECT that gives one row a customer",
};

/** A server's words of one statement may say where in it, which is where in the user's query. */
function placeOf(position: number, { query }: Asked): string {
  if (query === undefined) return "";
  const place = queryPlace(query.text, query.sent, position - 1 - query.before);
  return place === undefined ? "" : ` (${place})`;
}
