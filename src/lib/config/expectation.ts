import * as z from "zod";
import { decimal } from "../cli/numbers.ts";
import { core } from "./keys.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What a value must be, for a sentence: "a whole number of at least 1", "one of customer, stratified". */
export function expectation(schema: z.core.$ZodType): string {
  const format = formatOf(schema);
  return format ?? describe(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
}

/** A value as a sentence names it: "many", 0.5, a list. */
export function found(value: unknown, redact: (text: string) => string): string {
  if (value === null || value === undefined || value === "") return "empty";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a map";
  const text = redact(typeof value === "string" ? JSON.stringify(value) : String(value));
  return text.length > 60 ? `${text.slice(0, 56)} …"` : text;
}

/**
 * What a text must look like is said by the message of its regex or refine: a text that fits none brings it out. Where a number
 * would do as well, it is the short form of such a text.
 */
function formatOf(schema: z.core.$ZodType): string | undefined {
  const inner = core(schema);
  if (inner instanceof z.ZodNullable) {
    const format = formatOf(inner.def.innerType);
    return format && `${format}; or null`;
  }
  if (inner instanceof z.ZodUnion) return inner.def.options.map(formatOf).find((format) => format !== undefined);
  if (!(inner instanceof z.ZodString)) return undefined;
  const issue = z.safeParse(schema, "\u0000/").error?.issues[0];
  return issue?.code === "invalid_format" || issue?.code === "custom" ? issue.message : undefined;
}

function describe(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) {
    const options = schema.anyOf.flatMap((option) =>
      typeof option === "object" ? [option.enum?.join(", ") ?? describe(option)] : [],
    );
    return either(options.sort((a, b) => rank(a) - rank(b)));
  }
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  // zod joins plain types into a list, which JSON Schema allows and zod's own type of it does not.
  const types: unknown = schema.type;
  if (Array.isArray(types)) return either(types.map((type) => NAMES[String(type)] ?? String(type)).reverse());
  if (schema.type === "integer" || schema.type === "number") return describeNumber(schema);
  if (schema.type === "array") return describeList(schema);
  if (schema.type === "object") return describeMap(schema);
  return NAMES[String(types)] ?? "another value";
}

const NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  boolean: "true or false",
  null: "null",
};

function describeNumber({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const noun = type === "integer" ? "a whole number" : "a number";
  const low = bound(minimum);
  const high = bound(maximum);
  const above = bound(exclusiveMinimum);
  const below = bound(exclusiveMaximum);
  if (low !== undefined && high !== undefined) return `${noun} from ${low} to ${high}`;
  const limits = [
    ...(low === undefined ? [] : [`of at least ${low}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(high === undefined ? [] : [`of at most ${high}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return [noun, limits.join(" and ")].join(" ").trimEnd();
}

/** zod bounds every integer by what a double can hold, which is nobody's concern here. */
function bound(limit: number | boolean | undefined): string | undefined {
  if (typeof limit !== "number" || Math.abs(limit) >= Number.MAX_SAFE_INTEGER) return undefined;
  return decimal(limit);
}

function describeList({ items }: JsonSchema): string {
  const choices = typeof items === "object" && !Array.isArray(items) ? items.enum : undefined;
  return choices === undefined ? "a list" : `a list of ${choices.join(", ")}`;
}

function describeMap({ properties }: JsonSchema): string {
  const names = Object.keys(properties ?? {});
  return names.length > 0 && names.length <= 4 ? `{ ${names.join(", ")} }` : "a map";
}

/** Plain values first, then maps, then what switches a thing off. */
function rank(option: string): number {
  if (option === "false" || option === "null") return 2;
  return option.startsWith("{") ? 1 : 0;
}

function either(options: readonly string[]): string {
  const [last = "", ...others] = [...options].reverse();
  return others.length === 0 ? last : `${others.reverse().join(", ")} or ${last}`;
}
