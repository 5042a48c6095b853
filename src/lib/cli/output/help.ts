import type { Command as Commander, Help } from "commander";
import type { Stage } from "../../stage/define.ts";
import type { CommandGroup } from "../command.ts";
import { tabulate } from "./table.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

const GROUPS: readonly CommandGroup[] = ["A night", "The stages", "The models", "The files", "The team", "Setting up"];

const GAP = 2;
const INDENT = 2;

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
    { gap: GAP },
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
  const entries = [
    ...words.map((word) => ({ term: helper.argumentTerm(word), meaning: helper.argumentDescription(word) })),
    ...helper
      .visibleOptions(command)
      .map((one) => ({ term: helper.optionTerm(one), meaning: helper.optionDescription(one) })),
  ];
  const meaningWidth = SCREEN_WIDTH - INDENT - GAP - Math.max(...entries.map(({ term }) => term.length));
  const rows = entries.flatMap(({ term, meaning }) =>
    wrap(meaning, meaningWidth).map((line, index) => ({ term: index === 0 ? term : "", line })),
  );
  const { lines } = tabulate(rows, [{ cell: ({ term }) => term }, { cell: ({ line }) => line }], {
    gap: GAP,
    indent: INDENT,
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
