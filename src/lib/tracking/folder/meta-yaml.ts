import { parseDocument, Scalar } from "yaml";
import * as z from "zod";
import { ServiceError } from "../../errors.ts";
import { plainYaml } from "../plain-yaml.ts";
import { readOptionalText } from "./whole-file.ts";

/** A meta.yaml of MLflow's layout: one flat map. Numbers and null stand plain, every text is quoted. */
export type MetaFields = Readonly<Record<string, string | number | null>>;

/**
 * The text of a new meta.yaml.
 *
 * PyYAML takes plain `no`, `2026-11-23` and digits for other types, so every text is in double quotes. It refuses escaped
 * surrogates and raw control characters, so letters and emoji stand raw and unprintable characters are escaped.
 */
export function writeMeta(fields: MetaFields): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${typeof value === "string" ? quote(value) : String(value)}\n`)
    .join("");
}

function quote(text: string): string {
  // A lone surrogate can't be written in UTF-8; it becomes U+FFFD here and not only in the file.
  const wellFormed = Buffer.from(text, "utf8").toString("utf8");
  return JSON.stringify(wellFormed).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * The text with some values replaced or added; everything else, Python's own fields too, stays as it is.
 *
 * @param changes  numbers, null, words that mean no other type in YAML, and texts of more than a word
 */
export function changeMeta(text: string, changes: MetaFields): string {
  const document = parseDocument(text, { schema: "failsafe" });
  const quoted = new Map<string, string>();
  for (const [key, value] of Object.entries(changes)) {
    const isWord = typeof value !== "string" || WORD.test(value);
    const scalar = new Scalar(isWord ? String(value) : PLACEHOLDER);
    if (!isWord) quoted.set(key, quote(value));
    scalar.type = "PLAIN";
    document.set(key, scalar);
  }
  const changed = document.toString({ lineWidth: 0 });
  return [...quoted].reduce(
    (lines, [key, value]) => lines.replace(`${key}: ${PLACEHOLDER}\n`, () => `${key}: ${value}\n`),
    changed,
  );
}

const WORD = /^[\w./:+%~@=,-]+$/;
/** For a text that YAML's writer would quote in its own way. */
const PLACEHOLDER = "quoted_by_churn";

export interface Meta<T> {
  readonly text: string;
  readonly fields: T;
}

/**
 * Reads and checks a meta.yaml; undefined when it isn't there.
 *
 * All scalars are read as text (YAML's failsafe schema) and typed by the schema: what PyYAML writes without quotes, an id
 * of digits with one `e` among them say, would be a number to a YAML 1.2 reader.
 *
 * @throws {ServiceError} naming file and field when it is damaged
 */
export async function readMeta<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<Meta<z.infer<Schema>> | undefined> {
  const text = readOptionalText(path, "meta");
  return text === undefined ? undefined : parseMeta(path, text, schema);
}

/** Checks a meta.yaml's text. @throws as `readMeta` */
export function parseMeta<Schema extends z.ZodType>(path: string, text: string, schema: Schema): Meta<z.infer<Schema>> {
  const parsed = schema.safeParse(plainFields(text) ?? parsedFields(text, path));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw damaged(path, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not as MLflow writes it"}`, parsed.error);
  }
  return { text, fields: parsed.data };
}

const PLAIN_LINE =
  /^(\w+): (?:([A-Za-z0-9](?:[\w./:+%~@=,-]*[\w./+%~@=,-])?)|("(?:[^"\\\p{Cc}]|\\["\\/nrt])*")|'([^'\p{Cc}]*)'|\[\]|\{\})$/u;

/**
 * The fields of a file that has one to a line, plain or in quotes, with no escapes but those that JSON has too, as all are that churn writes
 * and nearly all of MLflow's; undefined for any other. YAML's parser takes fifty times as long, and a year leaves hundreds of files.
 */
function plainFields(text: string): Record<string, string> | undefined {
  const fields = new Map<string, string>();
  const lines = text.split("\n");
  if (lines.pop() !== "") return undefined;
  for (const line of lines) {
    const [, key, plain, double, single] = PLAIN_LINE.exec(line) ?? [];
    if (key === undefined || fields.has(key)) return undefined;
    const value = plain ?? (double === undefined ? single : unescaped(double));
    // An empty list or map is no text, and no field that is read.
    if (value !== undefined) fields.set(key, value);
  }
  return fields.size === 0 ? undefined : Object.fromEntries(fields);
}

function unescaped(quoted: string): string {
  return quoted.includes("\\") ? z.string().parse(JSON.parse(quoted)) : quoted.slice(1, -1);
}

function parsedFields(text: string, path: string): unknown {
  const fields = plainYaml(text);
  if (fields instanceof Error) throw damaged(path, fields.message.split("\n")[0] ?? "no YAML", fields);
  return fields;
}

function damaged(path: string, reason: string, cause?: unknown): ServiceError {
  return new ServiceError(`${path} is damaged: ${reason}`, "restore this file from a backup, or move its folder away", {
    cause,
  });
}

/** An integer as YAML shows it, quoted or not. */
export const metaInteger = z
  .string({ error: "missing" })
  .regex(/^[-+]?\d+$/, "not an integer")
  .transform(Number)
  // As a time no date is further away.
  .refine((value) => Math.abs(value) <= 8.64e15, "out of range");

export const metaText = z.string({ error: "missing" });

/** A text that Python leaves out, empty or null when there is none. */
export const metaOptionalText = z
  .string()
  .optional()
  .transform((text) => (text === undefined || ["", "null", "~"].includes(text) ? null : text));
