import type { ChalkInstance } from "chalk";
import type { Report, ReportedCheck, ReportedFinding } from "../../doctor/report.ts";
import { listed } from "../numbers.ts";
import { visible } from "../visible.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

/** As wide as "configuration": a longer name stands on a line of its own. */
const NAME_WIDTH = 13;
const INDENT = NAME_WIDTH + 3;
const NEXT = "next  ";

type State = ReportedFinding["state"];

const MARKS: Readonly<Record<State, string>> = { ok: "✔", warning: "!", problem: "✖", unknown: "·" };

/** A check's lines: what it found, each with its remedy below it. */
export function checkLines(
  chalk: ChalkInstance,
  { name, findings }: Pick<ReportedCheck, "name" | "findings">,
): string[] {
  return findings.flatMap((finding, index) => findingLines(chalk, index === 0 ? name : "", finding));
}

function findingLines(chalk: ChalkInstance, name: string, { state, text, details, next }: ReportedFinding): string[] {
  const paint = { ok: chalk.green, warning: chalk.yellow, problem: chalk.red, unknown: chalk.dim }[state];
  const [first = "", ...more] = wrap(visible(text), SCREEN_WIDTH - INDENT);
  const title = visible(name);
  const isLong = [...title].length > NAME_WIDTH;
  const head = `${paint(MARKS[state])} ${isLong ? title : title.padEnd(NAME_WIDTH)}`;
  const shown = (line: string) => (state === "unknown" ? chalk.dim(line) : line);
  return [
    ...(isLong ? [head, indented(shown(first))] : [`${head} ${shown(first)}`.trimEnd()]),
    ...[...more, ...details.flatMap((line) => wrap(visible(line), SCREEN_WIDTH - INDENT))].map((line) =>
      indented(shown(line)),
    ),
    ...nextLines(chalk, next).map(indented),
  ];
}

function nextLines(chalk: ChalkInstance, next: readonly string[]): string[] {
  const lines = next.flatMap((line) => wrap(visible(line), SCREEN_WIDTH - INDENT - NEXT.length));
  return lines.map((line, index) => `${index === 0 ? chalk.yellow(NEXT) : " ".repeat(NEXT.length)}${line}`);
}

function indented(line: string): string {
  return `${" ".repeat(INDENT)}${line}`;
}

/** What was said of a check here, in the shell, and of the variables that only the shell has. */
export function differenceLines(chalk: ChalkInstance, { missing, differs }: NonNullable<Report["cron"]>): string[] {
  if (missing.length === 0 && differs.length === 0) return ["The same as in this shell."];
  return [
    ...missing.flatMap(({ text, next }) =>
      findingLines(chalk, "", {
        state: "warning",
        text,
        details: [],
        next: [next],
        exit_code: null,
        stage: null,
      }),
    ),
    ...(differs.length === 0 ? [] : ["In this shell, other than in cron's environment:"]),
    ...differs.flatMap(({ name, here }) =>
      checkLines(chalk, { name, findings: here.length === 0 ? [NOTHING] : here.map(withoutNext) }),
    ),
  ];
}

/** Of a check that applies in cron's environment alone. */
const NOTHING: ReportedFinding = {
  state: "unknown",
  text: "nothing to look at",
  details: [],
  next: [],
  exit_code: null,
  stage: null,
};

/** What to do about it stands above, where it counts. */
function withoutNext(finding: ReportedFinding): ReportedFinding {
  return { ...finding, next: [], details: [] };
}

/** For the line that shows who is still at work. */
export function progressText(looking: readonly string[], done: number, all: number): string {
  const most = 3;
  const named = looking.length > most ? [...looking.slice(0, most), `${looking.length - most} more`] : looking;
  return `${done} of ${all} checked, waiting for ${visible(listed(named))}`;
}
