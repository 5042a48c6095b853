import type { ChalkInstance } from "chalk";
import type { FilledDay, PlannedDay } from "../../backfill/report.ts";
import type { NightView } from "../../supervise/view.ts";
import type { Terminal } from "../command.ts";
import { counted, metric, seconds } from "../numbers.ts";
import { visibleLine } from "../visible.ts";
import { outcomeText } from "./outcome-text.ts";
import { tabulate } from "./table.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

const INDENT = 2;

/** What is to be filled: how many days of how many, and which. */
export function openDaysLines(
  open: readonly string[],
  { since, until, days }: { readonly since: string; readonly until: string; readonly days: number },
): readonly string[] {
  const span = since === until ? since : `${since} to ${until}`;
  if (open.length === 0) return [`${span}: each of ${counted(days, "day")} has a decided night`];
  const have = open.length === 1 ? "has" : "have";
  const title = `${span}: ${open.length} of ${counted(days, "day")} ${have} no decided night`;
  return [title, ...wrap(open.join("  "), SCREEN_WIDTH - INDENT).map((line) => `${" ".repeat(INDENT)}${line.trim()}`)];
}

/** A day at work: its stage, on a terminal that redraws; the day's own line comes when it is over. */
export function dayView(terminal: Pick<Terminal, "status" | "columns" | "interactive">, date: string): NightView {
  const draw = (stage: string, text: string) => {
    if (terminal.interactive)
      terminal.status(`  … ${date}   ${stage.padEnd(9)}   ${visibleLine(text)}`.slice(0, terminal.columns - 1));
  };
  return {
    nightStarts: () => {},
    stageStarts: ({ name }) => draw(name, ""),
    stageProgress: (name, text) => draw(name, text),
    stageWarns: () => {},
    stageEnds: () => terminal.status(undefined),
    nightStops: () => terminal.status(undefined),
  };
}

/**
 * A day that is over, in a line of the screen's width.
 *
 * @param lines  what compare and register say of it
 */
export function dayLine(chalk: ChalkInstance, day: FilledDay, lines: readonly string[]): string {
  const { date, outcome, took, stage, reason } = day;
  const isFailed = outcome === "failed";
  const mark = isFailed ? chalk.red("✖") : outcome === "decided_before" ? "·" : chalk.green("✔");
  const text = isFailed
    ? `${stage === null ? "" : `${stage}: `}${reason}`
    : outcome === "decided_before"
      ? "decided by another run meanwhile"
      : lines.join("; ");
  const start = ` ${date}${seconds(took).padStart(10)}   `;
  return `  ${mark}${start}${visibleLine(text, SCREEN_WIDTH - start.length - 3)}`;
}

/** What became of the days: a table, with the reason below each that failed, or of which a version is to be promoted. */
export function filledLines(days: readonly FilledDay[], chalk: ChalkInstance): readonly string[] {
  const { header, lines } = tabulate(
    days,
    [
      { title: "date", cell: ({ night }) => night },
      { title: "outcome", cell: outcomeText },
      { title: "F1", align: "right", cell: ({ f1 }) => (f1 === null ? "–" : metric(f1)) },
      { title: "AUC", align: "right", cell: ({ f1, auc_roc }) => (f1 === null ? "–" : metric(auc_roc)) },
      { title: "version", align: "right", cell: ({ version }) => (version === null ? "–" : String(version)) },
      { title: "took", align: "right", cell: ({ took }) => seconds(took) },
    ],
    { gap: 3, indent: INDENT },
  );
  const indent = " ".repeat(INDENT + 2);
  const below = ({ outcome, stage, reason }: FilledDay) => {
    if (outcome !== "failed" && outcome !== "registered") return [];
    const text = visibleLine(`${stage === null ? "" : `${stage}: `}${reason}`);
    return wrap(text, SCREEN_WIDTH - indent.length).map((line) => chalk.dim(`${indent}${line}`));
  };
  return [chalk.dim(header), ...days.flatMap((day, index) => [lines[index] ?? "", ...below(day)])];
}

/** "3 of 4 days have a night now, 1 failed, 2 were not tried" */
export function filledText(days: readonly FilledDay[], left: readonly string[]): string {
  const failed = days.filter(({ outcome }) => outcome === "failed").length;
  const all = days.length + left.length;
  const done = days.length - failed;
  return [
    `${done} of ${counted(all, "day")} ${done === 1 ? "has" : "have"} a night now`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(left.length === 0 ? [] : [`${left.length} not tried`]),
  ].join(", ");
}

/** What would be done about each day. */
export function plannedLines(days: readonly PlannedDay[]): readonly string[] {
  return tabulate(
    days,
    [
      { cell: ({ night }) => night },
      {
        cell: ({ first_stage }) =>
          first_stage === null ? "nothing to do" : first_stage === "extract" ? "all stages" : `from ${first_stage} on`,
      },
      {
        cell: ({ is_older, may_register }) =>
          may_register ? "may register" : is_older ? "an older night: registers nothing" : "",
      },
    ],
    { gap: 3, indent: INDENT },
  ).lines;
}
