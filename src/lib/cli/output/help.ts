import type { Command as Commander, Help } from "commander";
import type { Stage } from "../../stage/define.ts";
import type { CommandGroup } from "../command.ts";
import { tabulate } from "./table.ts";

const GROUPS: readonly CommandGroup[] = ["A night", "The stages", "The models", "The files", "The team", "Setting up"];

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
  const rows = GROUPS.flatMap((group) =>
    entries
      .filter((entry) => entry.group === group)
      .map((entry, index) => ({ ...entry, heading: index === 0 ? group : "" })),
  );
  const { lines } = tabulate(
    rows,
    [
      // One more than the longest, so that the groups stand apart.
      { cell: ({ heading }) => heading, minWidth: "The stages ".length },
      { cell: ({ name }) => name },
      { cell: ({ summary }) => summary },
    ],
    { gap: 2 },
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
  const words = helper.visibleArguments(command);
  const rows = [
    ...words.map((word) => [helper.argumentTerm(word), helper.argumentDescription(word)] as const),
    ...helper.visibleOptions(command).map((one) => [helper.optionTerm(one), helper.optionDescription(one)] as const),
  ];
  const { lines } = tabulate(rows, [{ cell: ([term]) => term }, { cell: ([, meaning]) => meaning }], {
    gap: 2,
    indent: 2,
  });
  const usage = words.map((word) => ` [${helper.argumentTerm(word)}]`).join("");
  return [
    `churn ${command.name()}  ${command.description()}`,
    "",
    `Usage: churn ${command.name()}${usage} [options]`,
    "",
    ...lines,
    "",
  ].join("\n");
}
