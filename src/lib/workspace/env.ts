import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "dotenv";
import { UsageError } from "../errors.ts";
import { expandHome, homeFolder } from "../files/home.ts";
import { pathFrom } from "../files/path-from.ts";
import { readPrivateFile } from "../files/private-file.ts";
import { redactor } from "./redact.ts";
import { secretsIn } from "./secret-values.ts";
import { isSecretName } from "./secrets.ts";

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
  /** Masks them in a text. */
  readonly redact: (text: string) => string;
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

const FILE_NAME = /_FILE$/i;
const LARGEST_SECRET_BYTES = 1 << 20;

/**
 * Reads the environment once: the process's variables win over those of .env.
 *
 * @param env   the process's environment, as it came
 * @param root  the workspace's folder, where .env lies
 * @throws {UsageError} when others can read .env, or it belongs to another user
 */
export function readEnvironment(env: Values, root: string): Environment {
  return environmentOf(env, parse(readPrivateFile(join(root, ".env")) ?? ""), root);
}

/**
 * The process's environment without a .env: where there is none, or none that may be read.
 *
 * @param root  where relative paths in NAME_FILE start
 */
export function processEnvironment(env: Values, root: string): Environment {
  return environmentOf(env, {}, root);
}

function environmentOf(env: Values, dotenv: Values, root: string): Environment {
  const layers = [
    { from: "environment", values: env },
    { from: ".env", values: dotenv },
  ] as const;

  const variables = new Map<string, Variable>();
  for (const { from, values } of layers) {
    for (const [name, value] of setVariables(values)) if (!variables.has(name)) variables.set(name, { value, from });
  }
  // Of .env also what the environment has set otherwise: whoever wrote it there keeps it secret.
  const all = layers.flatMap(({ values }) => setVariables(values));

  const pathOf = (file: string) =>
    pathFrom(
      root,
      expandHome(file, () => homeFolder(variables.get("HOME")?.value)),
    );
  const secretValues = secretsIn([...all, ...filesOf(all, pathOf)]);
  return {
    variables,
    secretValues,
    redact: redactor(secretValues),
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

/**
 * What the files hold that NAME_FILE names, under NAME, for masking alone: whatever churn never asks for may be anyone's, so
 * nothing here is an error, and a secret that others can read is masked all the same.
 */
function filesOf(
  variables: readonly [name: string, value: string][],
  pathOf: (file: string) => string,
): [name: string, text: string][] {
  return variables.flatMap(([variable, path]): [string, string][] => {
    const name = variable.replace(FILE_NAME, "");
    return name !== variable && isSecretName(name) ? [[name, textOf(() => pathOf(path))]] : [];
  });
}

/** A file's text; nothing where it is none, can't be read or is too large for a secret. */
function textOf(path: () => string): string {
  let file: number | undefined;
  try {
    // Without blocking: a pipe of that name would wait for a writer for ever.
    file = openSync(path(), constants.O_RDONLY | constants.O_NONBLOCK);
    const { mode, size } = fstatSync(file);
    const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
    return isFile && size <= LARGEST_SECRET_BYTES ? withoutFinalNewline(readFileSync(file, "utf8")) : "";
  } catch {
    return "";
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Variables that are set, in their order. */
export function setVariables(values: Values): [name: string, value: string][] {
  return Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === "" ? [] : [[name, value]],
  );
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
