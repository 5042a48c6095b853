import { Argument, type Command, Option } from "commander";
import * as z from "zod";
import { expectation, found } from "../config/expectation.ts";
import { UsageError } from "../errors.ts";

const property = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  default: z.unknown().optional(),
  description: z.string().optional(),
  // A word without dashes: `churn models ui`
  positional: z.boolean().default(false),
  // What stands for the value in the help, where the option's own name doesn't say it
  value: z.string().optional(),
  // One letter for the option, where people know it by that: -o
  short: z.string().optional(),
});

/**
 * Adds an option for each field of a zod object: `dryRun` or `dry_run` becomes `--dry-run`, its description the help; a list is
 * an option that may be repeated. A field whose meta says `positional` is a word without dashes, which may be left out; its `value` stands for the value in the help,
 * and `short` is one letter for the option.
 */
export function addFlags(command: Command, flags: z.ZodObject): void {
  const { properties } = z.toJSONSchema(flags, { io: "input", unrepresentable: "any" });
  for (const [name, schema] of Object.entries(properties ?? {})) {
    const { type, enum: choices, description, default: fallback, positional, value, short } = property.parse(schema);
    if (positional) {
      const argument = new Argument(`[${name}]`, description ?? "");
      command.addArgument(choices === undefined ? argument : argument.choices(choices));
      continue;
    }
    const flag = `${short === undefined ? "" : `-${short}, `}--${optionName(name)}`;
    const option = new Option(
      type === "boolean" ? flag : `${flag} <${value ?? valueName(name, type)}>`,
      description ?? "",
    );
    if (choices !== undefined) option.choices(choices);
    if (type === "integer" || type === "number") option.argParser(numberOrText);
    if (type === "array") option.argParser(collect);
    else if (fallback !== undefined && fallback !== false) option.default(fallback);
    command.addOption(option);
  }
}

/**
 * The options that commander parsed, as the zod object's fields.
 *
 * @throws {UsageError} when a value is not what its field takes
 */
export function readFlags<Flags extends z.ZodObject>(command: Command, flags: Flags): z.infer<Flags> {
  const given = command.opts<Record<string, unknown>>();
  const words = Object.fromEntries(
    command.registeredArguments.map((argument, index) => [argument.name(), command.args[index]]),
  );
  const entries = Object.keys(flags.shape).map((name) => [name, words[name] ?? given[camelCase(optionName(name))]]);
  const values = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  const parsed = flags.safeParse(values);
  if (parsed.success) return parsed.data;
  const name = String(parsed.error.issues[0]?.path[0]);
  const schema = flags.shape[name];
  if (schema === undefined) throw parsed.error;
  const flag = `--${optionName(name)}`;
  throw new UsageError(
    `${flag} must be ${expectation(schema)}, but is ${found(values[name], String)}`,
    `churn ${command.name()} --help says what ${flag} is`,
  );
}

/** The flags as words of a command line, for a process of its own; those at their default are left out. */
export function flagWords(flags: z.ZodObject, values: Readonly<Record<string, unknown>>): string[] {
  const defaults = flags.safeParse({}).data ?? {};
  return Object.keys(flags.shape).flatMap((name) => {
    const value = values[name];
    if (value === undefined || value === false || value === defaults[name]) return [];
    const option = `--${optionName(name)}`;
    if (Array.isArray(value)) return value.flatMap((one) => [option, String(one)]);
    return value === true ? [option] : [option, String(value)];
  });
}

function optionName(field: string): string {
  return field.replaceAll("_", "-").replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function camelCase(option: string): string {
  return option.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function valueName(name: string, type: string | undefined): string {
  return type === "integer" || type === "number" ? "n" : name === "from" || name === "to" ? "stage" : name;
}

/** The values of an option that is repeated. */
export function collect(word: string, words: readonly string[] | undefined): string[] {
  return [...(words ?? []), word];
}

/** What is no number is left to the schema, which says what it takes. */
function numberOrText(text: string): number | string {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
