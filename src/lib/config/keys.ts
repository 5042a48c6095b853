import * as z from "zod";
import { configSchema } from "./schema.ts";

type Schema = z.core.$ZodType;

/** A key of churn.yaml that takes one value: a scalar, a list, or a map whose names are the user's own (columns, stages). */
export interface ConfigKey {
  readonly path: readonly string[];
  /** as people write it: train.params.max_depth */
  readonly name: string;
  readonly schema: Schema;
}

/** Every key, in churn.yaml's order. */
export const configKeys: readonly ConfigKey[] = keysWithin(configSchema, []);

/** The names of the sections and maps that hold keys: dataset, dataset.target, … */
export const sectionNames: readonly string[] = [
  ...new Set(configKeys.flatMap(({ path }) => path.slice(1).map((_, index) => path.slice(0, index + 1).join(".")))),
];

/** The environment variable of a key: train.params.max_depth is CHURN_TRAIN_PARAMS_MAX_DEPTH. */
export function variableOf({ path }: Pick<ConfigKey, "path">): string {
  return `CHURN_${path.join("_").toUpperCase()}`;
}

/** What the value at a path has to be, or undefined where churn.yaml has no such place. */
export function schemaAt(path: readonly PropertyKey[]): Schema | undefined {
  let schema: Schema | undefined = configSchema;
  for (const part of path) schema = schema && child(schema, part);
  return schema;
}

/**
 * A dotted name as a path. A column's name may have dots itself: all that follows a map of columns is one name.
 */
export function pathOf(name: string): string[] {
  const path: string[] = [];
  let schema: Schema | undefined = configSchema;
  let rest = name;
  while (schema !== undefined && !(core(schema) instanceof z.ZodRecord) && rest.includes(".")) {
    const [first = ""] = rest.split(".", 1);
    path.push(first);
    rest = rest.slice(first.length + 1);
    schema = child(schema, first);
  }
  return schema === undefined ? [...path, ...rest.split(".")] : [...path, rest];
}

/** A path as people write it: notify.channels[0]. */
export function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .slice(1);
}

/** The names that a map takes; undefined where they are the user's own, or it isn't a map. */
export function namesIn(schema: Schema): readonly string[] | undefined {
  const inner = core(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : undefined;
}

/** The schema without what only says whether a value may be absent, or what takes its place before it is judged. */
export function core(schema: Schema): Schema {
  let inner = schema;
  for (;;) {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional)
      inner = inner.def.innerType;
    else if (inner instanceof z.ZodPipe && inner.def.in instanceof z.ZodTransform) inner = inner.def.out;
    else return inner;
  }
}

export function isRequired(schema: Schema): boolean {
  return !z.safeParse(schema, undefined).success;
}

function keysWithin(schema: Schema, path: readonly string[]): ConfigKey[] {
  const inner = core(schema);
  if (!(inner instanceof z.ZodObject)) return [{ path, name: path.join("."), schema }];
  const shape: Readonly<Record<string, Schema>> = inner.shape;
  return Object.entries(shape).flatMap(([name, part]) => keysWithin(part, [...path, name]));
}

function isMap(schema: Schema): boolean {
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
}

function child(schema: Schema, part: PropertyKey): Schema | undefined {
  const inner = core(schema);
  if (inner instanceof z.ZodObject) {
    const shape: Readonly<Record<string, Schema>> = inner.shape;
    return Object.hasOwn(shape, part) ? shape[String(part)] : undefined;
  }
  if (inner instanceof z.ZodRecord) return inner.def.valueType;
  if (inner instanceof z.ZodArray) return inner.def.element;
  if (inner instanceof z.ZodUnion) {
    const map = inner.def.options.find((option: Schema) => isMap(core(option)));
    return map && child(map, part);
  }
  return undefined;
}
