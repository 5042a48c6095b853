import { Command as Commander, type Option } from "commander";
import type * as z from "zod";
import { configKeys } from "../../config/keys.ts";
import { gates } from "../../quality/gates/gates.ts";
import { addFlags } from "../flags.ts";

/** What a shell offers for a value. */
export type Offer =
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** keys of churn.yaml, with the equals sign that comes next */
  | { readonly kind: "keys"; readonly words: readonly string[] }
  | { readonly kind: "folder" | "file" | "nothing" };

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
    return {
      name,
      meaning: summary,
      options: command.options.map((option) => completedOption(option, stages)),
      words: command.registeredArguments[0]?.argChoices ?? [],
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

/** By the choices, or by what stands for the value in the help. */
function offerOf({ argChoices, flags }: Option, stages: readonly string[]): Offer {
  if (argChoices !== undefined) return { kind: "words", words: argChoices };
  const [, value] = /<(.*)>/.exec(flags) ?? [];
  if (value === "stage") return { kind: "words", words: stages };
  if (value === "gate") return { kind: "words", words: gates.flatMap((gate) => (gate.isWaivable ? [gate.name] : [])) };
  if (value === "date") return { kind: "words", words: ["today", "yesterday"] };
  if (value === "key=value") return { kind: "keys", words: configKeys.map(({ name }) => `${name}=`) };
  if (value === "file") return { kind: "file" };
  return { kind: value === "dir" ? "folder" : "nothing" };
}
