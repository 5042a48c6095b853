import { isIP } from "node:net";
import { UsageError } from "../../errors.ts";
import { parseServerAddress, portOf } from "../server/address.ts";
import { answerSeconds, passwordOfAddress, type ServerSettings } from "../server/settings.ts";
import { type TlsSettings, tlsSettings } from "../server/tls.ts";

/** Whom to connect to, and as whom: the driver gets these fields and no URL. */
export interface MysqlSettings {
  readonly user: string;
  readonly password: string | undefined;
  /** a name, an IP address, or a socket's path, absolute */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** seconds that an answer may take */
  readonly answerSeconds: number;
  readonly tls: TlsSettings;
}

const PORT = 3306;
const TLS_WORDS = {
  mode: ["sslmode", "ssl-mode"],
  rootcert: ["sslrootcert", "ssl-ca"],
  cert: ["sslcert", "ssl-cert"],
  key: ["sslkey", "ssl-key"],
} as const;
const PARAMETERS = ["socket", ...Object.values(TLS_WORDS).flat()];

/** What describes the server: no secret, and no file is read for it. */
type MysqlPlace = Pick<MysqlSettings, "host" | "port" | "database">;
type Given = Pick<ServerSettings, "url" | "root" | "environment" | "timeout">;

/**
 * Where the server is, by the address and the environment, as MySQL's own clients read them: MYSQL_HOST, MYSQL_TCP_PORT.
 *
 * @throws {UsageError} when the address is wrong, or says too little
 * @see https://dev.mysql.com/doc/refman/8.4/en/environment-variables.html
 */
export function mysqlPlace({ url, environment }: Pick<Given, "url" | "environment">): MysqlPlace {
  const { host, port, database, parameters } = parseServerAddress(url, PARAMETERS);
  if (database === undefined) throw new UsageError("source.url names no database", HINT);
  return {
    host: (parameters.get("socket") || undefined) ?? host ?? environment.get("MYSQL_HOST") ?? "localhost",
    port: port ?? portOf(environment.get("MYSQL_TCP_PORT"), "MYSQL_TCP_PORT") ?? PORT,
    database,
  };
}

/**
 * All that a connection needs: the user's name and password besides, as MYSQL_PWD and USER have them, and what TLS asks.
 *
 * @throws {UsageError} when something is wrong, or missing
 */
export function mysqlSettings({ url, root, environment, timeout }: Given): MysqlSettings {
  const place = mysqlPlace({ url, environment });
  const address = parseServerAddress(url, PARAMETERS);
  const user = address.user ?? environment.get("USER");
  if (user === undefined) throw new UsageError("source.url names no user", HINT);
  const parameter = (names: readonly string[]) =>
    names.map((name) => address.parameters.get(name)).find((value) => value !== undefined && value !== "");
  const words = {
    mode: parameter(TLS_WORDS.mode),
    rootcert: parameter(TLS_WORDS.rootcert),
    cert: parameter(TLS_WORDS.cert),
    key: parameter(TLS_WORDS.key),
  };
  const tls = tlsSettings(words, place.host, { root, home: environment.get("HOME") });
  if (tls.kind === "tls" && tls.mode === "verify-full" && isIP(place.host) !== 0) {
    // The driver compares names alone, and takes any certificate for an address.
    throw new UsageError(
      `sslmode=verify-full can't be kept: ${place.host} is an IP address, and MySQL's driver checks names alone`,
      "name the host in source.url, or write sslmode=verify-ca; sslmode=disable where the way is safe otherwise",
    );
  }
  const password = passwordOfAddress({ url, environment }, PARAMETERS) ?? environment.secret("MYSQL_PWD");
  return { ...place, user, password, answerSeconds: answerSeconds({ timeout }), tls };
}

const HINT = "source.url in churn.yaml names it: mysql://USER@HOST:PORT/DATABASE";
