import { join, resolve } from "node:path";
import { parse } from "dotenv";
import { UsageError } from "../errors.ts";
import { expandHome, homeFolder } from "../files/home.ts";
import { readPrivateFile } from "../files/private-file.ts";

/** A variable and where it was set. */
interface Variable {
  readonly value: string;
  readonly from: "environment" | ".env";
}

export type Variables = ReadonlyMap<string, Variable>;

/** The process's environment and the workspace's .env as one. An empty variable counts as not set. */
export interface Environment {
  readonly variables: Variables;
  /** The values that must be masked in everything that is shown or written. */
  readonly secretValues: readonly string[];
  /** A variable's value, or undefined when it isn't set. */
  get(name: string): string | undefined;
  /**
   * A secret's value: NAME of the environment, else the text of the file that NAME_FILE names (one final newline cut),
   * else the same two of .env; undefined when none is set.
   *
   * @throws {UsageError} when NAME and NAME_FILE are both set in one place, or the file is missing or open to others
   */
  secret(name: string): string | undefined;
}

type Values = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment once: the process's variables win over those of .env.
 *
 * @param env   the process's environment, as it came
 * @param root  the workspace's folder, where .env lies
 * @throws {UsageError} when others can read .env, or it belongs to another user
 */
export function readEnvironment(env: Values, root: string): Environment {
  const layers = [
    { from: "environment", values: env },
    { from: ".env", values: parse(readPrivateFile(join(root, ".env")) ?? "") },
  ] as const;

  const variables = new Map<string, Variable>();
  for (const { from, values } of layers) {
    for (const [name, value] of Object.entries(values)) {
      if (value !== undefined && value !== "" && !variables.has(name)) variables.set(name, { value, from });
    }
  }

  const pathOf = (file: string) =>
    resolve(
      root,
      expandHome(file, () => homeFolder(variables.get("HOME")?.value)),
    );
  return {
    variables,
    secretValues: [...new Set([...secretValuesOf(variables), ...secretsInFiles(variables, pathOf)])],
    get: (name) => variables.get(name)?.value,
    secret: (name) => {
      for (const { from, values } of layers) {
        const value = secretIn(values, name, from, pathOf);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

/** Names as people give them to secrets; AUTHOR is a name, and a path or a socket is no secret itself. */
const SECRET_NAME = /token|passw|credential|secret|private|key|auth(?!or(?!i))|webhook/i;
const PLACE_NAME = /_(?:FILE|PATH|DIR|SOCK)$/i;
const SHORTEST_SECRET = 5;
/** A secret among the parameters of a URL. */
const SECRET_PARAMETER = /[?&;](?:password|passwd|token|secret|api_?key)=([^&;\s]+)/gi;

/** The user's name in a URL, at the place that `lastIndex` says. */
const USER = /[^:/?#@\s]*/y;

/** The values among variables that must be masked: of secret names, and passwords within URLs. */
export function secretValuesOf(variables: Variables): string[] {
  const values: string[] = [];
  for (const [name, { value }] of variables) {
    if (SECRET_NAME.test(name) && !PLACE_NAME.test(name)) values.push(value);
    const password = passwordIn(value);
    const parameters = [...value.matchAll(SECRET_PARAMETER)].map(([, secret = ""]) => secret);
    for (const secret of password === undefined ? parameters : [password, ...parameters]) {
      values.push(secret, unescaped(secret));
    }
  }
  return values.filter(isMaskable);
}

/**
 * What stands between the colon and the last @ of a URL's scheme://user:password@host. Each part of the value is looked at
 * once: a pattern would go through a long one anew from every letter in it.
 */
function passwordIn(value: string): string | undefined {
  const end = value.lastIndexOf("@");
  for (let at = value.indexOf("://"); at >= 0 && at < end; at = value.indexOf("://", at + 1)) {
    if (!/[a-z0-9+.-]/i.test(value.charAt(at - 1))) continue;
    USER.lastIndex = at + 3;
    const colon = at + 3 + (USER.exec(value)?.[0].length ?? 0);
    if (value[colon] === ":" && colon + 1 < end) return value.slice(colon + 1, end);
  }
  return undefined;
}

/** Secrets in files, for masking alone: a file that churn never asks for may be anyone's, so nothing here is an error. */
function secretsInFiles(variables: Variables, pathOf: (file: string) => string): string[] {
  const files = [...variables].filter(([name]) => name.endsWith("_FILE") && SECRET_NAME.test(name));
  return files
    .flatMap(([, { value }]) => {
      try {
        return [withoutFinalNewline(readPrivateFile(pathOf(value)) ?? "")];
      } catch {
        return [];
      }
    })
    .filter(isMaskable);
}

/** Shorter values, and the words of a switch, can't be told from other text. */
function isMaskable(value: string): boolean {
  return value.length >= SHORTEST_SECRET && !/^false$/i.test(value);
}

function secretIn(values: Values, name: string, from: string, pathOf: (file: string) => string): string | undefined {
  const value = values[name] || undefined;
  const file = values[`${name}_FILE`] || undefined;
  if (file === undefined) return value;
  const place = from === "environment" ? "the environment" : from;
  if (value !== undefined) {
    throw new UsageError(`${name} and ${name}_FILE are both set in ${place}`, "unset one of them");
  }
  const path = pathOf(file);
  const text = readPrivateFile(path);
  if (text === undefined) {
    throw new UsageError(
      `${name}_FILE in ${place} names ${path}, which is not there`,
      `write the secret into that file (mode 0600), or set ${name}`,
    );
  }
  return withoutFinalNewline(text);
}

function withoutFinalNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
