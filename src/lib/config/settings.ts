import * as z from "zod";
import { UsageError } from "../errors.ts";
import type { Variables } from "../workspace/env.ts";
import { configKeys, core, pathOf, schemaAt, variableOf } from "./keys.ts";
import { isServiceLink } from "./service-links.ts";
import { suggestVariable } from "./suggest-key.ts";
import { DEEPEST, parseYaml, TOO_DEEP, YamlProblem } from "./yaml.ts";

/** Where a value comes from. */
export interface Origin {
  readonly kind: "default" | "file" | "environment" | "flag";
  /** for people: churn.yaml line 14, CHURN_TRAIN_ROUNDS, --set train.rounds */
  readonly where: string;
}

/** A value that is put over what churn.yaml says. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: Origin;
}

/** Variables that are churn's own and name no key. */
const RESERVED = /^CHURN_(?:RUN_ID|RUN_SET|RUN_TRY|NOW|LIBXGBOOST|TEST_.*)$/;

/**
 * The keys that the environment sets, in churn.yaml's order.
 *
 * @throws {UsageError} for a CHURN_ variable that names no key, or a list or map that can't be read
 */
export function environmentSettings(variables: Variables): Setting[] {
  const keys = new Map(configKeys.map((key) => [variableOf(key), key]));
  for (const [name, { value, from }] of variables) {
    if (!name.startsWith("CHURN_") || keys.has(name) || RESERVED.test(name)) continue;
    if (from === "environment" && isServiceLink(name, value)) continue;
    const meant = suggestVariable(name);
    throw new UsageError(
      `${from}: unknown variable ${name}`,
      meant === undefined ? "a variable is CHURN_ and a key of churn.yaml in capitals" : `did you mean ${meant}?`,
    );
  }
  return [...keys].flatMap(([name, { path, schema }]) => {
    const variable = variables.get(name);
    if (variable === undefined) return [];
    const where = variable.from === "environment" ? name : `${name} in ${variable.from}`;
    return [{ path, value: readValue(variable.value, schema, where), origin: { kind: "environment", where } }];
  });
}

/** Variables by which MLflow's own clients are told where they work. They say it to all programs; churn.yaml to this one. */
const OTHERS = { MLFLOW_TRACKING_URI: ["tracking", "uri"], MLFLOW_REGISTRY_URI: ["tracking", "registry_uri"] } as const;

/** The keys that other programs' variables set, where nothing that is churn's does. */
export function othersSettings(variables: Variables): Setting[] {
  return Object.entries(OTHERS).flatMap(([name, path]) => {
    const variable = variables.get(name);
    if (variable === undefined) return [];
    const where = variable.from === "environment" ? name : `${name} in ${variable.from}`;
    return [{ path, value: variable.value, origin: { kind: "environment", where } }];
  });
}

/**
 * The keys that --set options set, in their order. Names are not looked up here: the whole configuration is judged at once.
 *
 * @throws {UsageError} for one without a name or a value, or with a list or map that can't be read
 */
export function flagSettings(overrides: readonly string[]): Setting[] {
  return overrides.map((override) => {
    const equals = override.indexOf("=");
    const name = (equals < 0 ? override : override.slice(0, equals)).trim();
    if (name === "" || name.split(".").includes("")) {
      throw new UsageError("a --set names no key", "write --set KEY=VALUE, such as --set train.params.max_depth=8");
    }
    if (equals < 0) throw new UsageError(`--set ${name} has no value`, `write --set ${name}=VALUE`);
    const path = pathOf(name);
    if (path.length > DEEPEST) throw new UsageError(`--set ${name.slice(0, 40)}…: ${TOO_DEEP}`);
    if (path.includes("__proto__")) throw new UsageError(`--set ${name}: __proto__ can't be a name here`);
    const where = `--set ${name}`;
    return {
      path,
      value: readValue(override.slice(equals + 1), schemaAt(path), where),
      origin: { kind: "flag", where },
    };
  });
}

/** Text where text is asked for, so that a salt of 2026 or a query with a colon needs no quotes; else YAML, JSON included. */
function readValue(text: string, schema: z.core.$ZodType | undefined, where: string): unknown {
  const isQuoted = /^(["']).*\1$/s.test(text);
  if (schema !== undefined && !isQuoted && takesText(schema, text)) return text;
  try {
    return parseYaml(text).value;
  } catch (error) {
    if (!(error instanceof YamlProblem)) throw error;
    throw new UsageError(
      `${where}: the value can't be read as YAML or JSON: ${error.message}`,
      'lists and maps are JSON there, such as ["a", "b"] or {"a": "b"}',
      { cause: error },
    );
  }
}

function takesText(schema: z.core.$ZodType, text: string): boolean {
  const inner = core(schema);
  if (inner instanceof z.ZodNullable) return text !== "null" && takesText(inner.def.innerType, text);
  return inner instanceof z.ZodString;
}
