import { UsageError } from "../../src/lib/errors.ts";
import { type Asked, mysqlError } from "../../src/lib/source/mysql/errors.ts";
import { queryInBrackets, relationOf } from "../../src/lib/source/mysql/relation.ts";
import { mysqlSettings } from "../../src/lib/source/mysql/settings.ts";
import { SilentServer } from "../../src/lib/source/server/answer-time.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import type { Row } from "./row.ts";

const ASKED: Asked = {
  server: "mysql://db/shop",
  place: "db:3306",
  user: "ann",
  database: "shop",
  password: true,
  subject: "table customers",
  limit: 3600,
};
const SERVER_WORDS = "words of the server's";

/** What the driver throws where the server refuses. */
function server(errno: number, sqlState = "HY000", message = SERVER_WORDS, asked: Partial<Asked> = {}) {
  return () => {
    throw mysqlError(Object.assign(new Error(message), { errno, sqlState }), { ...ASKED, ...asked });
  };
}

/** What it throws where the network, or TLS, does. */
function network(code: string, asked: Partial<Asked> = {}, message = code) {
  return () => {
    throw mysqlError(Object.assign(new Error(message), { code, fatal: true }), { ...ASKED, ...asked });
  };
}

function address(url: string, environment: Record<string, string> = {}) {
  return (root: string) => mysqlSettings({ url, root, environment: readEnvironment(environment, root) });
}

const CONNECTING = { subject: undefined };
const ADDRESS = "source.url in churn.yaml names it: mysql://USER@HOST:PORT/DATABASE";
const LOST = "is the server up? its log tells who ended it";
const AGAIN = "run it again in a while";
const PASSWORD = "MYSQL_PWD in the environment or in the workspace's .env (mode 0600)";
const SELECT = "a SELECT that gives one row a customer";
const LOG = "the server's log may say more";
const INTEGRATION = "test/integration/mysql-errors.test.ts";
const VALUES = "test/integration/mysql-values.test.ts";

export const sourceMysql: readonly Row[] = [
  {
    cause: "MySQL: a way that swallows the server's answer",
    by: () => {
      throw mysqlError(new SilentServer(3610), ASKED);
    },
    code: 5,
    says: "db:3306 said nothing more for 3610 s while table customers was read: nothing was kept",
    next: "is the way to it open? source.timeout in churn.yaml gives it longer",
  },
  {
    cause: "MySQL: no user",
    by: address("mysql://db/shop"),
    code: 2,
    says: "source.url names no user",
    next: ADDRESS,
  },
  {
    cause: "MySQL: no database",
    by: address("mysql://ann@db"),
    code: 2,
    says: "source.url names no database",
    next: ADDRESS,
  },
  {
    cause: "MySQL: verify-full to an IP address",
    by: address("mysql://ann@10.0.0.1/shop"),
    code: 2,
    says: "sslmode=verify-full can't be kept: 10.0.0.1 is an IP address, and MySQL's driver checks names alone",
    next: "name the host in source.url, or write sslmode=verify-ca; sslmode=disable where the way is safe otherwise",
  },
  {
    cause: "MySQL: a port of the environment that is none",
    by: address("mysql://ann@localhost/shop", { MYSQL_TCP_PORT: "mysql" }),
    code: 2,
    says: 'MYSQL_TCP_PORT: "mysql" is no port',
    next: "source.url in churn.yaml: postgres://USER@HOST:PORT/DATABASE or mysql://USER@HOST:PORT/DATABASE",
  },
  {
    cause: "MySQL: neither a table nor a query",
    by: () => relationOf({ table: undefined, query: undefined }, "shop", "2026-11-23"),
    code: 2,
    says: "source.table is missing",
    next: "source.table or source.query in churn.yaml says what to read",
  },
  {
    cause: "MySQL: days are taken from {date}",
    by: () => queryInBrackets("source.query", "SELECT * FROM t WHERE d > {date} - 7", "2026-11-23"),
    code: 2,
    says: "source.query: MySQL makes a number of {date} where something is added or taken away",
    next: "write {date} - INTERVAL 7 DAY",
  },
  {
    cause: "a server's query is no SELECT",
    by: () => queryInBrackets("source.query", "DELETE FROM t", "2026-11-23"),
    code: 2,
    says: "source.query is a statement of the kind DELETE",
    next: SELECT,
  },
  {
    cause: "a server's query is empty",
    by: () => queryInBrackets("source.ready", " -- nothing", "2026-11-23"),
    code: 2,
    says: "source.ready is empty",
    next: SELECT,
  },
  {
    cause: "MySQL: no such table",
    by: INTEGRATION,
    code: 2,
    says: "… has no table …, or none that this user may see",
    next: "source.table: …",
  },
  {
    cause: "MySQL: a date of zeros",
    by: VALUES,
    code: 2,
    says: "… in …: left_on has the date 0000-00-00, which is none",
    next: "NULLIF(left_on, '0000-00-00') in source.query makes NULL of it; dataset.exclude leaves the column in the source",
  },
  {
    cause: "MySQL: nobody listens",
    by: network("ECONNREFUSED", CONNECTING),
    code: 5,
    says: "nothing listens at db:3306: is MySQL or MariaDB up?",
    next: "source.url in churn.yaml names host and port",
  },
  {
    cause: "MySQL: the connection is lost",
    by: network("PROTOCOL_CONNECTION_LOST"),
    code: 5,
    says: "the connection to db:3306 was lost while table customers was read: nothing was kept",
    next: LOST,
  },
  {
    cause: "MySQL: something else listens",
    by: network("HANDSHAKE_UNKNOWN_ERROR", CONNECTING, "Unexpected packet during handshake phase"),
    code: 2,
    says: "db:3306 doesn't answer as MySQL or MariaDB does: Unexpected packet during handshake phase",
    next: "source.url in churn.yaml names host and port",
  },
  {
    cause: "MySQL: the connection is killed",
    by: server(1927, "70100"),
    code: 5,
    says: "the connection to db:3306 was lost while table customers was read: nothing was kept",
    next: LOST,
  },
  {
    cause: "MySQL: trouble of TLS",
    by: network("HANDSHAKE_SSL_ERROR", CONNECTING, "wrong version number"),
    code: 2,
    says: "db:3306 doesn't speak TLS as MySQL or MariaDB does (wrong version number)",
    next: "source.url in churn.yaml names host and port; sslmode says whether there is TLS",
  },
  {
    cause: "MySQL: a wrong password",
    by: server(1045, "28000", SERVER_WORDS, CONNECTING),
    code: 2,
    says: "mysql://db/shop refuses ann: the password is wrong, or there is no such user",
    next: PASSWORD,
  },
  {
    cause: "MySQL: no password",
    by: server(1045, "28000", SERVER_WORDS, { ...CONNECTING, password: false }),
    code: 2,
    says: "mysql://db/shop refuses ann without a password",
    next: PASSWORD,
  },
  {
    cause: "MySQL: no right to the database",
    by: server(1044, "42000", SERVER_WORDS, CONNECTING),
    code: 2,
    says: "ann may not use the database shop of mysql://db/shop, or there is none",
    next: "GRANT SELECT ON shop.* TO ann",
  },
  {
    cause: "MySQL: no such database",
    by: server(1049, "42000", SERVER_WORDS, CONNECTING),
    code: 2,
    says: "mysql://db/shop: there is no database shop",
    next: ADDRESS,
  },
  {
    cause: "MySQL: a login that the driver doesn't know",
    by: network(
      "AUTH_SWITCH_PLUGIN_ERROR",
      CONNECTING,
      "Server requests authentication using unknown plugin client_ed25519. See TODO",
    ),
    code: 2,
    says: "mysql://db/shop asks ann for a login that churn can't do: client_ed25519",
    next: "a user of mysql_native_password or caching_sha2_password, who may only read the customers, is enough",
  },
  {
    cause: "MySQL: a login by the bare password",
    by: network(
      "MYSQL_CLEAR_PASSWORD_NOT_ENABLED",
      CONNECTING,
      "Server requested authentication using mysql_clear_password, which",
    ),
    code: 2,
    says: "mysql://db/shop asks ann for a login that churn can't do: mysql_clear_password",
    next: "a user of mysql_native_password or caching_sha2_password, who may only read the customers, is enough",
  },
  {
    cause: "MySQL: not from this machine",
    by: server(1130, "HY000", SERVER_WORDS, CONNECTING),
    code: 2,
    says: "mysql://db/shop lets nobody in from this machine: words of the server's",
    next: "its administrator can allow it",
  },
  {
    cause: "MySQL: an expired password",
    by: server(1862, "HY000", SERVER_WORDS, CONNECTING),
    code: 2,
    says: "mysql://db/shop refuses ann: words of the server's",
    next: "its administrator can mend it",
  },
  {
    cause: "MySQL: too many connections",
    by: server(1040, "08004", SERVER_WORDS, CONNECTING),
    code: 5,
    says: "mysql://db/shop has no free connection for ann",
    next: AGAIN,
  },
  {
    cause: "MySQL: a lock of somebody's",
    by: server(1205),
    code: 5,
    says: "table customers of mysql://db/shop is locked by another session",
    next: AGAIN,
  },
  {
    cause: "MySQL: a table that changes meanwhile",
    by: server(1412),
    code: 5,
    says: "table customers of mysql://db/shop was changed while it was read; nothing was kept",
    next: AGAIN,
  },
  {
    cause: "MySQL: a query that somebody ends",
    by: server(1317, "70100"),
    code: 5,
    says: "somebody ended the query of table customers on mysql://db/shop",
    next: AGAIN,
  },
  {
    cause: "MySQL: source.timeout",
    by: server(3024),
    code: 5,
    says: "table customers took mysql://db/shop longer than 3600 s",
    next: "source.timeout in churn.yaml, or an index on the column of dataset.date",
  },
  {
    cause: "MySQL: no right to read",
    by: server(1142, "42000"),
    code: 2,
    says: "table customers of mysql://db/shop: ann may not do that: words of the server's",
    next: "GRANT SELECT ON … TO ann",
  },
  {
    cause: "MySQL: a query that writes",
    by: server(1792, "25006", SERVER_WORDS, { subject: "source.query" }),
    code: 2,
    says: "source.query writes, and only reading is allowed",
    next: SELECT,
  },
  {
    cause: "MySQL: a query that can't be read",
    by: server(
      1064,
      "42000",
      "You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near 'FORM t\n) AS source_rows LIMIT 0' at line 2",
      { subject: "source.query" },
    ),
    code: 2,
    says: "source.query of mysql://db/shop: a mistake of grammar near 'FORM t' at line 2",
    next: SELECT,
  },
  {
    cause: "MySQL: a customer's value that a query can't reckon with",
    by: server(1292, "22007", "Truncated incorrect DOUBLE value: 'Ann Smith'", { subject: "source.query" }),
    code: 2,
    says: "source.query of mysql://db/shop: Truncated incorrect DOUBLE …",
    next: SELECT,
  },
  {
    cause: "MySQL: any other error of the server's",
    by: server(1021),
    code: 5,
    says: "table customers of mysql://db/shop can't be read: words of the server's",
    next: LOG,
  },
  {
    cause: "what isn't the driver's stays what it is",
    by: () => {
      throw mysqlError(new UsageError("said before"), ASKED);
    },
    code: 2,
    says: "said before",
    next: undefined,
  },
];
