import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { homeFolder } from "../../files/home.ts";
import { readPrivateFile } from "../../files/private-file.ts";
import type { SourceEnvironment } from "../server/settings.ts";

/** Whom a password is for. */
export interface Login {
  /** a name, an address, or a socket's folder, which may be called localhost there */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The password of PGPASSFILE or ~/.pgpass: the first line HOST:PORT:DATABASE:USER:PASSWORD that fits, * fits all.
 *
 * @throws {UsageError} when others can read the file, or PGPASSFILE names none
 * @see https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function passwordOfFile(environment: Pick<SourceEnvironment, "get">, login: Login): string | undefined {
  const named = environment.get("PGPASSFILE");
  const path = named ?? usualPath(environment);
  if (path === undefined) return undefined;
  const text = readPrivateFile(path);
  if (text === undefined && named !== undefined)
    throw new UsageError(`PGPASSFILE names ${path}, which is not there`, "mend the path, or unset it");
  const hosts = login.host.startsWith("/") ? [login.host, "localhost"] : [login.host];
  const asked = [hosts, [String(login.port)], [login.database], [login.user]];
  for (const line of (text ?? "").split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const fields = fieldsOf(line);
    if (
      fields.length >= 5 &&
      asked.every((values, index) => fields[index] === "*" || values.includes(plain(fields[index])))
    )
      return plain(fields[4]);
  }
  return undefined;
}

function usualPath(environment: Pick<SourceEnvironment, "get">): string | undefined {
  try {
    return join(homeFolder(environment.get("HOME")), ".pgpass");
  } catch {
    // A user without a home has no such file.
    return undefined;
  }
}

/** Fields as they are written; a colon behind a backslash ends none. */
function fieldsOf(line: string): string[] {
  return line.match(/(?:^|(?<=:))(?:\\.|\\$|[^:\\])*/g) ?? [];
}

function plain(field = ""): string {
  return field.replace(/\\(.)/g, "$1");
}
