import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { UsageError } from "../../errors.ts";
import { parseServerAddress, portOf } from "../server/address.ts";
import { answerSeconds, passwordOfAddress, type ServerSettings } from "../server/settings.ts";
import { type TlsSettings, tlsSettings } from "../server/tls.ts";
import { passwordOfFile } from "./pass-file.ts";

/** What a connection is made with. */
export interface PostgresSettings {
  /** a name, an address, or a socket's folder */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** seconds that an answer may take */
  readonly answerSeconds: number;
  /** reads the files of certificates: asked for when a connection is made */
  readonly tls: () => TlsSettings;
  /** asked for only when the server wants one */
  readonly password: () => string | undefined;
}

/** Parameters of an address that mean to churn what they mean to libpq. */
const PARAMETERS = ["sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "connect_timeout"];

/** Where Debian's and most others' server has its socket. */
const SOCKET_FOLDER = "/var/run/postgresql";

/**
 * Reads whom to ask and as whom as libpq does: the address, then PGHOST, PGPORT, PGUSER, PGDATABASE, PGSSLMODE, …; the password from
 * PGPASSWORD or .pgpass. libpq's own default of TLS is not taken: see `tlsSettings`.
 *
 * @throws {UsageError} when one of them means nothing, or a file can't be read
 * @see https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function postgresSettings({ url, root, environment, timeout }: ServerSettings): PostgresSettings {
  const address = parseServerAddress(url, PARAMETERS);
  const { parameters } = address;
  for (const name of ["PGSERVICE", "PGHOSTADDR", "PGTARGETSESSIONATTRS"]) {
    if (environment.get(name) === undefined) continue;
    throw new UsageError(`${name} is set, which churn can't follow`, "unset it, and write the server into source.url");
  }
  const host = address.host ?? environment.get("PGHOST") ?? (existsSync(SOCKET_FOLDER) ? SOCKET_FOLDER : "localhost");
  const port = address.port ?? portOf(environment.get("PGPORT"), "PGPORT") ?? 5432;
  const user = address.user ?? environment.get("PGUSER") ?? ownName(environment.get("USER"));
  const database = address.database ?? environment.get("PGDATABASE") ?? user;
  const word = (name: string, variable: string) => parameters.get(name) || environment.get(variable);
  const tls = () =>
    tlsSettings(
      {
        mode: word("sslmode", "PGSSLMODE"),
        rootcert: word("sslrootcert", "PGSSLROOTCERT"),
        cert: word("sslcert", "PGSSLCERT"),
        key: word("sslkey", "PGSSLKEY"),
      },
      host,
      { root, home: environment.get("HOME") },
    );
  const password = () =>
    passwordOfAddress({ url, environment }, PARAMETERS) ??
    environment.secret("PGPASSWORD") ??
    passwordOfFile(environment, { host, port, database, user });
  return { host, port, database, user, answerSeconds: answerSeconds({ timeout }), tls, password };
}

/** A user without an entry in the system's list has no name. */
function ownName(user: string | undefined): string {
  try {
    return userInfo().username;
  } catch {
    if (user !== undefined) return user;
    throw new UsageError("source.url names no user", "postgres://USER@HOST/DATABASE, or PGUSER");
  }
}
