import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Asked, postgresError } from "../../src/lib/source/postgres/errors.ts";
import { passwordOfFile } from "../../src/lib/source/postgres/pass-file.ts";
import { postgresSettings } from "../../src/lib/source/postgres/settings.ts";
import { SilentServer } from "../../src/lib/source/server/answer-time.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import type { Row } from "./row.ts";

const QUERY = "SELECT id,\n nme FROM t WHERE d > {date} - 7";
const ASKED: Asked = {
  place: "db:5432",
  user: "ann",
  database: "shop",
  subject: "table customers",
  timeout: "1h",
};
const OF_QUERY: Partial<Asked> = {
  subject: "source.query",
  query: { text: QUERY, sent: QUERY.replace("{date}", "'2026-11-23'"), before: 15 },
};
const WORDS = "words of the server's";

/** What the driver throws where the server refuses. */
function server(code: string, message = WORDS, asked: Partial<Asked> = {}, position?: string) {
  return () => {
    const said = { code, severity: "ERROR", ...(position === undefined ? {} : { position }) };
    throw postgresError(Object.assign(new Error(message), said), { ...ASKED, ...asked });
  };
}

/** What it throws of its own. */
function driver(message: string, code?: string) {
  return () => {
    throw postgresError(Object.assign(new Error(message), code === undefined ? {} : { code }), ASKED);
  };
}

function settings(url: string, environment: Record<string, string>) {
  return (root: string) => postgresSettings({ url, root, environment: readEnvironment(environment, root) });
}

const SELECT = "a SELECT that gives one row a customer";
const LOG = "its log tells more";
const INTEGRATION = "test/integration/postgres-sentences.test.ts";

export const sourcePostgres: readonly Row[] = [
  {
    cause: "PostgreSQL: PGPASSFILE that is not there",
    by: (root) =>
      passwordOfFile(readEnvironment({ PGPASSFILE: join(root, "pass") }, root), {
        ...{ host: "db", port: 5432, database: "shop", user: "ann" },
      }),
    code: 2,
    says: "PGPASSFILE names FOLDER/pass, which is not there",
    next: "mend the path, or unset it",
  },
  {
    cause: "PostgreSQL: a pass file that others may read",
    by: async (root) => {
      await writeFile(join(root, ".pgpass"), "*:*:*:*:s3cret", { mode: 0o644 });
      passwordOfFile(readEnvironment({ HOME: root }, root), {
        ...{ host: "db", port: 5432, database: "shop", user: "ann" },
      });
    },
    code: 2,
    says: "FOLDER/.pgpass holds secrets and is open to others (mode 644)",
    next: "chmod 600 FOLDER/.pgpass",
  },
  {
    cause: "PostgreSQL: a variable that churn doesn't follow",
    by: settings("postgres://ann@db/shop", { PGSERVICE: "shop" }),
    code: 2,
    says: "PGSERVICE is set, which churn can't follow",
    next: "unset it, and write the server into source.url",
  },
  {
    cause: "PostgreSQL: a port of the environment that is none",
    by: settings("postgres://ann@db/shop", { PGPORT: "5432,5433" }),
    code: 2,
    says: 'PGPORT: "5432,5433" is no port',
    next: "source.url in churn.yaml: postgres://USER@HOST:PORT/DATABASE or mysql://USER@HOST:PORT/DATABASE",
  },
  {
    cause: "PostgreSQL: no password",
    by: INTEGRATION,
    code: 2,
    says: "PostgreSQL asks for a password of …, and none is set",
    next: "PGPASSWORD in the environment or the workspace's .env (mode 0600), or ~/.pgpass",
  },
  {
    cause: "PostgreSQL: a query without columns",
    by: INTEGRATION,
    code: 2,
    says: "… gives no columns",
    next: SELECT,
  },
  {
    cause: "PostgreSQL: a column's name twice",
    by: INTEGRATION,
    code: 2,
    says: "… gives two columns called …",
    next: "give one of them another name (AS), or name the columns that are needed",
  },
  {
    cause: "PostgreSQL: the connection is lost",
    by: driver("Connection terminated unexpectedly"),
    code: 5,
    says: "the connection to db:5432 was lost while table customers was read: nothing was kept",
    next: "is the server up? its log tells who ended it",
  },
  {
    cause: "PostgreSQL: a way that swallows the server's answer",
    by: () => {
      throw postgresError(new SilentServer(3610), ASKED);
    },
    code: 5,
    says: "db:5432 said nothing more for 3610 s while table customers was read: nothing was kept",
    next: "is the way to it open? source.timeout in churn.yaml gives it longer",
  },
  {
    cause: "PostgreSQL: something else listens",
    by: driver("Received unexpected error message from server: 72"),
    code: 2,
    says: "db:5432 doesn't answer as PostgreSQL does: Received unexpected error message from server: 72",
    next: "source.url in churn.yaml names host and port",
  },
  {
    cause: "PostgreSQL: something else than TLS where it was asked for",
    by: driver("There was an error establishing an SSL connection"),
    code: 2,
    says: "db:5432 doesn't answer as PostgreSQL does: There was an error establishing an SSL connection",
    next: "source.url in churn.yaml names host and port",
  },
  {
    cause: "PostgreSQL: a wrong password",
    by: server("28P01"),
    code: 2,
    says: "PostgreSQL at db:5432 refuses the password of ann, or knows no such user",
    next: "PGPASSWORD in the environment or the workspace's .env, or ~/.pgpass",
  },
  {
    cause: "PostgreSQL: a user that may not come",
    by: server("28000"),
    code: 2,
    says: "ann may not log in at db:5432 from here: words of the server's",
    next: "pg_hba.conf of the server says who may; does it ask for TLS (sslmode)?",
  },
  {
    cause: "PostgreSQL: no such database",
    by: server("3D000"),
    code: 2,
    says: "there is no database shop at db:5432",
    next: "source.url in churn.yaml names it: postgres://USER@HOST/DATABASE",
  },
  {
    cause: "PostgreSQL: no right to read",
    by: server("42501"),
    code: 2,
    says: "ann may not read table customers: words of the server's",
    next: "…GRANT SELECT ON the table TO ann, by its owner",
  },
  {
    cause: "PostgreSQL: no right to the database",
    by: server("42501", "permission denied for database shop", { database: "My Shop" }),
    code: 2,
    says: "ann may not read table customers: permission denied for database shop",
    next: 'GRANT CONNECT ON DATABASE "My Shop" TO ann, by its owner',
  },
  {
    cause: "PostgreSQL: a query that writes",
    by: server("25006", WORDS, OF_QUERY),
    code: 2,
    says: "source.query writes: only reading is allowed (words of the server's)",
    next: SELECT,
  },
  {
    cause: "PostgreSQL: a query of no table",
    by: server("42P01", 'relation "t" does not exist', OF_QUERY, "36"),
    code: 2,
    says: 'source.query (line 2): relation "t" does not exist',
    next: "a table of another schema needs that one's name: SCHEMA.TABLE",
  },
  {
    cause: "PostgreSQL: a query of no column",
    by: server("42703", 'column "nme" does not exist', OF_QUERY, "19"),
    code: 2,
    says: 'source.query (line 1, column 4): column "nme" does not exist',
    next: SELECT,
  },
  {
    cause: "PostgreSQL: two statements",
    by: server("42601", "cannot insert multiple commands into a prepared statement", OF_QUERY),
    code: 2,
    says: "source.query: cannot insert multiple commands into a prepared statement",
    next: "one SELECT that gives one row a customer",
  },
  {
    cause: "PostgreSQL: days are taken from {date}",
    by: server("22P02", 'invalid input syntax for type integer: "2026-11-23"', OF_QUERY, "51"),
    code: 2,
    says: 'source.query (line 2): invalid input syntax for type integer: "2026-11-23"',
    next: "a text can't be reckoned with: {date}::date - 7",
  },
  {
    cause: "PostgreSQL: a customer's value that a query can't reckon with",
    by: server("22P02", 'invalid input syntax for type integer: "Ann \\"Smith\\""', OF_QUERY),
    code: 2,
    says: "source.query: invalid input syntax for type integer: …",
    next: "a text can't be reckoned with: {date}::date - 7",
  },
  {
    cause: "PostgreSQL: types that don't fit",
    by: server("42883", "operator does not exist: text > date", OF_QUERY),
    code: 2,
    says: "source.query: operator does not exist: text > date",
    next: "types may need a cast: {date}::date",
  },
  {
    cause: "PostgreSQL: a pooler's refusal",
    by: server("08P01"),
    code: 2,
    says: "db:5432 refuses how churn speaks: words of the server's",
    next: "is it a pooler? its log tells; the server's own port has none",
  },
  {
    cause: "PostgreSQL: a pooler without a free connection",
    by: server("08P01", "query_wait_timeout"),
    code: 5,
    says: "the pooler at db:5432 has no connection for ann: query_wait_timeout",
    next: "its log tells why",
  },
  {
    cause: "PostgreSQL: what a server can't do",
    by: server("0A000"),
    code: 2,
    says: "table customers: the server can't do that: words of the server's",
    next: "source.command in churn.yaml takes customers from any client of its own",
  },
  {
    cause: "PostgreSQL: too many connections",
    by: server("53300"),
    code: 5,
    says: "PostgreSQL at db:5432 has no free connection for ann",
    next: "SELECT * FROM pg_stat_activity shows who has them",
  },
  {
    cause: "PostgreSQL: it starts up",
    by: server("57P03"),
    code: 5,
    says: "PostgreSQL at db:5432 is not ready: words of the server's",
    next: "it starts up or shuts down: run it again later",
  },
  {
    cause: "PostgreSQL: source.timeout",
    by: server("57014", "canceling statement due to statement timeout"),
    code: 5,
    says: "table customers took longer than 1h on the server",
    next: "source.timeout in churn.yaml gives it longer; is there an index on the date column?",
  },
  {
    cause: "PostgreSQL: somebody cancels",
    by: server("57014", "canceling statement due to user request"),
    code: 5,
    says: "somebody cancelled table customers on the server",
    next: "run it again; pg_cancel_backend is how that is done",
  },
  {
    cause: "PostgreSQL: a lock of somebody's",
    by: server("55P03"),
    code: 5,
    says: "table customers is locked by another session",
    next: "run it again once that is done: SELECT * FROM pg_locks shows it",
  },
  {
    cause: "PostgreSQL: an idle transaction",
    by: server("25P03"),
    code: 5,
    says: "PostgreSQL at db:5432 closed an idle transaction",
    next: "run it again",
  },
  {
    cause: "PostgreSQL: a replica that catches up",
    by: server("40001", "canceling statement due to conflict with recovery"),
    code: 5,
    says: "the server took table customers back: canceling statement due to conflict with recovery",
    next: "a replica does that to catch up: read the primary, or set hot_standby_feedback on the replica",
  },
  {
    cause: "PostgreSQL: it is shut down",
    by: server("57P01"),
    code: 5,
    says: "PostgreSQL at db:5432 went away: words of the server's",
    next: "is it up? its log tells who ended it",
  },
  {
    cause: "PostgreSQL: the server's disk is full",
    by: server("53100"),
    code: 5,
    says: "PostgreSQL at db:5432 could not read table customers: words of the server's",
    next: LOG,
  },
  {
    cause: "PostgreSQL: any other error of the server's",
    by: server("P0001"),
    code: 2,
    says: "table customers: words of the server's",
    next: SELECT,
  },
];
