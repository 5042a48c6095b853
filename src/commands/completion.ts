import type { Option } from "commander";
import * as z from "zod";
import { type Command, defineCommand } from "../lib/cli/command.ts";
import { bashCompletion } from "../lib/cli/completion/bash.ts";
import { fishCompletion } from "../lib/cli/completion/fish.ts";
import { type CompletionModel, completionModel } from "../lib/cli/completion/model.ts";
import { zshCompletion } from "../lib/cli/completion/zsh.ts";
import { UsageError } from "../lib/errors.ts";

const SCRIPTS: Readonly<Record<"bash" | "zsh" | "fish", (model: CompletionModel) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

const flags = z.strictObject({
  shell: z.enum(["bash", "zsh", "fish"]).optional().meta({ positional: true }).describe("bash, zsh or fish"),
});

/** Everything that a shell is to complete. */
export interface CommandLine {
  /** of every command */
  readonly options: readonly Option[];
  readonly commands: Parameters<typeof completionModel>[1];
  /** names of the stages */
  readonly stages: readonly string[];
}

/**
 * Prints a script that has a shell complete churn's commands, options and their values.
 *
 * @param commandLine  asked for only here, since this command is a part of it
 */
export function completion(commandLine: () => CommandLine): Command<typeof flags> {
  return defineCommand({
    name: "completion",
    group: "Setting up",
    summary: "a script that completes churn in bash, zsh or fish",
    flags,

    async run({ terminal }, { shell }) {
      if (shell === undefined)
        throw new UsageError("which shell? churn completion takes bash, zsh or fish", "churn completion bash");
      const { options, commands, stages } = commandLine();
      const script = SCRIPTS[shell](completionModel(options, commands, stages));
      for (const line of script.trimEnd().split("\n")) terminal.print(line);
    },
  });
}
