import { isIP } from "node:net";
import { UsageError } from "../../errors.ts";
import { parseServerAddress } from "../server/address.ts";
import { passwordOfAddress, type ServerSettings } from "../server/settings.ts";
import { type TlsSettings, tlsSettings } from "../server/tls.ts";

/** Whom to connect to, and as whom: the driver gets these fields and no URL. */
export interface MysqlSettings {
  readonly user: string;
  readonly password: string | undefined;
  /** a name, an IP address, or a socket's path, absolute */
  readonly host: string;
  readonly port: number;
  readonly database: string;
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

/**
 * An address and the environment, as MySQL's own clients read them: MYSQL_HOST, MYSQL_TCP_PORT, MYSQL_PWD, and USER.
 *
 * @throws {UsageError} when the address is wrong, or says too little
 * @see https://dev.mysql.com/doc/refman/8.4/en/environment-variables.html
 */
export function mysqlSettings({
  url,
  root,
  environment,
}: Pick<ServerSettings, "url" | "root" | "environment">): MysqlSettings {
  const address = parseServerAddress(url, PARAMETERS);
  const parameter = (...names: readonly string[]) =>
    names.map((name) => address.parameters.get(name)).find((value) => value !== undefined && value !== "");
  const user = address.user ?? environment.get("USER");
  if (user === undefined) throw new UsageError("source.url names no user", HINT);
  if (address.database === undefined) throw new UsageError("source.url names no database", HINT);
  const host = parameter("socket") ?? address.host ?? environment.get("MYSQL_HOST") ?? "localhost";
  const words = {
    mode: parameter(...TLS_WORDS.mode),
    rootcert: parameter(...TLS_WORDS.rootcert),
    cert: parameter(...TLS_WORDS.cert),
    key: parameter(...TLS_WORDS.key),
  };
  const tls = tlsSettings(words, host, { root, home: environment.get("HOME") });
  if (tls.kind === "tls" && tls.mode === "verify-full" && isIP(host) !== 0) {
    // The driver compares names alone, and takes any certificate for an address.
    throw new UsageError(
      `sslmode=verify-full can't be kept: ${host} is an IP address, and MySQL's driver checks names alone`,
      "name the host in source.url, or write sslmode=verify-ca; sslmode=disable where the way is safe otherwise",
    );
  }
  return {
    user,
    password: passwordOfAddress(environment, PARAMETERS) ?? environment.secret("MYSQL_PWD"),
    host,
    port: address.port ?? portOf(environment.get("MYSQL_TCP_PORT")),
    database: address.database,
    tls,
  };
}

const HINT = "source.url in churn.yaml: mysql://USER@HOST:PORT/DATABASE";

function portOf(text: string | undefined): number {
  if (text === undefined) return PORT;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(
    `MYSQL_TCP_PORT=${JSON.stringify(text.slice(0, 20))} is no port`,
    "unset it, or name the port in source.url",
  );
}
