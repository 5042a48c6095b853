import { Command as Commander, type Option } from "commander";
import * as z from "zod";
import { type ConfigKey, configKeys, core } from "../../config/keys.ts";
import { gates } from "../../quality/gates/gates.ts";
import { addFlags } from "../flags.ts";
import type { Told } from "./told.ts";

/** What a shell offers for a value. */
export type Offer =
  /** words, and what the ledger of the workspace tells of */
  | { readonly kind: "words"; readonly words: readonly string[]; readonly told?: Told }
  /** keys of churn.yaml, with the equals sign that comes next, and the values of those that have few */
  | { readonly kind: "keys"; readonly words: readonly string[]; readonly values: readonly KeyValues[] }
  | { readonly kind: "folder" | "file" | "nothing" };

/** A key of churn.yaml, and all values that it takes. */
export interface KeyValues {
  readonly key: string;
  readonly values: readonly string[];
}

export interface CompletedOption {
  /** as it is typed: --from, -C */
  readonly names: readonly string[];
  readonly meaning: string;
  /** undefined for an option that takes no value */
  readonly value: Offer | undefined;
}

export interface CompletedCommand {
  readonly name: string;
  readonly meaning: string;
  readonly options: readonly CompletedOption[];
  /** what its word without dashes can be */
  readonly words: readonly string[];
  /** and what of the ledger's */
  readonly told?: Told;
}

/** The command line as a shell completes it. */
export interface CompletionModel {
  /** of every command */
  readonly options: readonly CompletedOption[];
  readonly commands: readonly CompletedCommand[];
}

interface Named {
  readonly name: string;
  readonly summary: string;
  readonly flags: z.ZodObject;
}

/**
 * The command line as its own definitions have it.
 *
 * @param options   of every command
 * @param commands  all of them
 * @param stages    names of the stages, which some options take
 */
export function completionModel(
  options: readonly Option[],
  commands: readonly Named[],
  stages: readonly string[],
): CompletionModel {
  const completed = commands.map(({ name, summary, flags }): CompletedCommand => {
    const command = new Commander(name);
    addFlags(command, flags);
    const [word] = command.registeredArguments;
    return {
      name,
      meaning: summary,
      options: command.options.map((option) => completedOption(option, stages)),
      ...(word?.name() === "date" ? NIGHTS : { words: word?.argChoices ?? [] }),
    };
  });
  const help = { name: "help", meaning: "a command's options", options: [], words: commands.map(({ name }) => name) };
  return { options: options.map((option) => completedOption(option, stages)), commands: [...completed, help] };
}

function completedOption(option: Option, stages: readonly string[]): CompletedOption {
  const { short, long, description } = option;
  return {
    names: [short, long].filter((name) => name !== undefined),
    meaning: description,
    value: option.required ? offerOf(option, stages) : undefined,
  };
}

const NIGHTS = { words: ["today", "yesterday"], told: "night" } as const;

/** None where it takes more than a few words. */
function valuesOf({ name, schema }: ConfigKey): KeyValues[] {
  const { anyOf = [], ...one } = z.toJSONSchema(core(schema), { io: "input", unrepresentable: "any" });
  const values = [one, ...anyOf].flatMap((part) => {
    if (typeof part !== "object") return [];
    if (part.type === "boolean" && part.const === undefined) return ["true", "false"];
    const named = part.enum ?? (part.const === undefined ? [] : [part.const]);
    return named.map(String).filter((word) => /^[\w.-]+$/.test(word));
  });
  return values.length === 0 ? [] : [{ key: name, values: [...new Set(values)] }];
}

/** By the choices, or by what stands for the value in the help. */
function offerOf({ argChoices, flags }: Option, stages: readonly string[]): Offer {
  if (argChoices !== undefined) return { kind: "words", words: argChoices };
  const [, value] = /<(.*)>/.exec(flags) ?? [];
  if (value === "stage") return { kind: "words", words: stages };
  if (value === "gate") return { kind: "words", words: gates.flatMap((gate) => (gate.isWaivable ? [gate.name] : [])) };
  if (value === "date") return { kind: "words", ...NIGHTS };
  if (value === "version" || value === "run") return { kind: "words", words: [], told: value };
  if (value === "key=value")
    return { kind: "keys", words: configKeys.map(({ name }) => `${name}=`), values: configKeys.flatMap(valuesOf) };
  if (value === "file") return { kind: "file" };
  return { kind: value === "dir" ? "folder" : "nothing" };
}
