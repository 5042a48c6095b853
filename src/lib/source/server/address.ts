import { suggestion } from "../../cli/suggestions.ts";
import { UsageError } from "../../errors.ts";

/** A server's address as source.url has it, taken apart. What isn't said is undefined: the environment may say it. */
export interface ServerAddress {
  readonly user: string | undefined;
  /** of the environment alone: churn.yaml takes none */
  readonly password: string | undefined;
  /** a name, an IP address without brackets, or the folder or path of a socket, absolute */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly database: string | undefined;
  /** what stands behind the question mark, by its names */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Takes a server's address apart. Node's URL doesn't do: it refuses a password with # or % in it, and a socket's folder.
 *
 * @param known  the parameters that mean something; `host`, `port`, `user` and `dbname` do everywhere
 * @throws {UsageError} that shows nothing of the address but the part that is wrong, and never the password
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function parseServerAddress(url: string, known: readonly string[]): ServerAddress {
  const { userinfo, hosts, path, query } = partsOf(url);
  const { user, password } = userinfo;
  if (password !== undefined && (path.includes("@") || /^[^=]*@/.test(query))) {
    throw new UsageError(
      "source.url: where the password ends can't be told: there is an @ behind a slash or a question mark",
      "write @ as %40, / as %2F and ? as %3F, or set PGPASSWORD, or MYSQL_PWD, and leave it out of the address",
    );
  }
  const parameters = parametersOf(query, [...COMMON, ...known]);
  if (hosts.includes(",") || parameters.get("host")?.includes(",")) {
    throw new UsageError(
      `source.url names several hosts, and churn asks one`,
      "name the one that customers are to be read from: a replica does",
    );
  }
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(hosts) ?? [];
  if (bracketed === undefined && plain === undefined)
    throw new UsageError(`source.url: ${JSON.stringify(withoutRest(hosts))} is no HOST or HOST:PORT`, HINT);
  const database = decoded(path.replace(/^\//, ""), "the database's name");
  const common = (name: string) => parameters.get(name) || undefined;
  return {
    user: common("user") ?? (user === "" ? undefined : decoded(user, "the user's name")),
    password: password === undefined ? undefined : decodedPassword(password),
    host: common("host") ?? (decoded(bracketed ?? plain ?? "", "the host") || undefined),
    port: portOf(common("port") ?? port, "source.url"),
    database: common("dbname") ?? (database === "" ? undefined : database),
    parameters,
  };
}

/** An address without its password, which stays in the environment. */
export function withoutPassword(url: string): string {
  const { scheme, userinfo, rest } = partsOf(url);
  return userinfo.password === undefined ? url : `${scheme}${userinfo.user}@${rest}`;
}

/** For people and records: host, port and database, and neither user nor password. */
export function serverDescription(
  scheme: "postgres" | "mysql",
  { host, port, database }: { readonly host: string; readonly port: number; readonly database: string },
): string {
  const usual = scheme === "postgres" ? 5432 : 3306;
  const shown = host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${shown}${port === usual || host.startsWith("/") ? "" : `:${port}`}/${database}`;
}

/** Where a server listens, for people: HOST:PORT, or its socket's path. */
export function serverPlace({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.startsWith("/") ? host : `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** What stands behind a colon may be a password whose host has been left out. */
function withoutRest(hosts: string): string {
  return hosts.replace(/:.*$/s, ":…");
}

const COMMON = ["host", "port", "user", "dbname"];
const HINT = "source.url in churn.yaml: postgres://USER@HOST:PORT/DATABASE or mysql://USER@HOST:PORT/DATABASE";

function partsOf(url: string) {
  const [scheme = ""] = /^[^:]*:\/\//.exec(url) ?? [];
  const rest = url.slice(scheme.length);
  // A password may have any sign but that which ends it: the last @ before the path, or the last one that there is.
  const beforePath = /^[^/?]*/.exec(rest)?.[0] ?? "";
  const at = beforePath.includes("@") ? beforePath.lastIndexOf("@") : passwordEnd(rest);
  const [user = "", ...password] = at === -1 ? [""] : rest.slice(0, at).split(":");
  const place = rest.slice(at + 1);
  const [hosts = ""] = /^[^/?]*/.exec(place) ?? [];
  const [path = ""] = /^[^?]*/.exec(place.slice(hosts.length)) ?? [];
  return {
    scheme,
    userinfo: { user, password: password.length === 0 ? undefined : password.join(":") },
    rest: place,
    hosts,
    path,
    query: place.slice(hosts.length + path.length + 1),
  };
}

/** The @ behind a password that has a slash or a question mark in it, as user:a/b@host; -1 where there is none. */
function passwordEnd(rest: string): number {
  if (!/^[^:/?@]*:[^@]*@/.test(rest) || /^[^:/?@]*:\d*(?:[/?]|$)/.test(rest)) return -1;
  // A parameter may have an @ of its own.
  const [beforeQuery = ""] = rest.split("?");
  return (beforeQuery.includes("@") ? beforeQuery : rest).lastIndexOf("@");
}

function parametersOf(query: string, known: readonly string[]): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const [name = "", ...value] = part.split("=");
    if (/^pass(?:word)?$|^sslpassword$/i.test(name)) {
      throw new UsageError(
        `source.url: ${name} is a password, which doesn't belong into an address`,
        "put it into the environment or the workspace's .env (mode 0600): PGPASSWORD, or MYSQL_PWD",
      );
    }
    if (!known.includes(name))
      throw new UsageError(
        `source.url: unknown parameter ${JSON.stringify(/^[\w-]{1,40}$/.test(name) ? name : "…")}`,
        suggestion(name, known),
      );
    parameters.set(name, decoded(value.join("="), name));
  }
  return parameters;
}

/**
 * A port, of an address or of the environment; undefined where none is named.
 *
 * @param from  who names it: "source.url", "PGPORT"
 */
export function portOf(text: string | undefined, from: string): number | undefined {
  if (text === undefined || text === "") return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new UsageError(`${from}: ${JSON.stringify(text.slice(0, 20))} is no port`, HINT);
}

function decoded(text: string, what: string): string {
  try {
    const plain = decodeURIComponent(text);
    if (!plain.includes("\0")) return plain;
  } catch {
    // as said below
  }
  throw new UsageError(`source.url: ${what} has a % that begins no %XX`, "write %25 for a percent sign");
}

/** What can't be decoded is meant as it stands. */
function decodedPassword(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
