import type { Command as Commander, Help } from "commander";
import type { Stage } from "../../stage/define.ts";
import type { CommandGroup } from "../command.ts";

const GROUPS: readonly CommandGroup[] = ["A night", "The stages", "The models", "Setting up"];

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly group: CommandGroup;
}

/** `churn --help`: what it is, and its commands by what they are for. */
export function programHelp(commands: readonly Entry[], stages: readonly Stage[]): string {
  const entries: readonly Entry[] = [
    ...commands,
    ...stages.map(({ name, summary }) => ({ name, summary, group: "The stages" as const })),
  ];
  const lines = GROUPS.flatMap((group) =>
    entries
      .filter((entry) => entry.group === group)
      .map(({ name, summary }, index) => `${(index === 0 ? group : "").padEnd(13)}${name.padEnd(11)}${summary}`),
  );
  return [
    "churn  retrains a churn model every night, registers it only when it is better",
    "",
    "Usage: churn <command> [options]",
    "",
    ...lines,
    "",
    "Options       -C, --directory <dir>  work in DIR instead of the current folder",
    "              --set <key=value>      set a key of churn.yaml for this call",
    "              --json                 the result for programs, on stdout",
    "              -V, --version          the version",
    "",
    "churn help <command> has the options.",
    "A first night: churn init --sample && churn run-all",
    "",
  ].join("\n");
}

/** `churn help <command>`: one line of what it does, then its options. */
export function commandHelp(command: Commander, helper: Help): string {
  const options = helper
    .visibleOptions(command)
    .map((option) => [helper.optionTerm(option), helper.optionDescription(option)] as const);
  const width = Math.max(...options.map(([term]) => term.length));
  return [
    `churn ${command.name()}  ${command.description()}`,
    "",
    `Usage: churn ${command.name()} [options]`,
    "",
    ...options.map(([term, description]) => `  ${term.padEnd(width)}  ${description}`),
    "",
  ].join("\n");
}
