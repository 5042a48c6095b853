import type { ChalkInstance } from "chalk";
import type { StageLine } from "../../supervise/view.ts";
import { seconds } from "../numbers.ts";
import { visible } from "../visible.ts";

const MARKS = { succeeded: "✔", failed: "✖", fresh: "·", kept: "·" } as const;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/** Fixed, since a line is drawn before the next one is known. */
const NAME_WIDTH = 11;
const SECONDS_WIDTH = 7;
/** Where what came of a stage stands in its line. */
export const STAGE_TEXT_COLUMN = "  ✔ ".length + NAME_WIDTH + SECONDS_WIDTH + "   ".length;

/** The line above a night: version, night, workspace, run. */
export function headerLine(
  chalk: ChalkInstance,
  night: { version: string; name: string; root: string; run: string },
): string {
  return `${chalk.bold(`churn ${night.version}`)}   night of ${night.name}   ${chalk.cyan(visible(night.root))}   ${chalk.dim(`run ${night.run}`)}`;
}

/** A stage's final line: mark, name, seconds, what came of it, why it ran again. */
export function stageLine(
  chalk: ChalkInstance,
  { name, status, seconds: took, text, reason, tries = 1 }: StageLine,
): string {
  const mark =
    status === "succeeded"
      ? chalk.green(MARKS[status])
      : status === "failed"
        ? chalk.red(MARKS[status])
        : MARKS[status];
  if (status === "fresh") return chalk.dim(`  ${mark} ${columns(name, "")}up to date`);
  if (status === "kept") return chalk.dim(`  ${mark} ${columns(name, "")}taken as it is`);
  // Of a stage that was tried again, the reason is that it failed before in this very run.
  const note = tries > 1 ? `${tries} tries` : reason;
  const why = note === undefined ? "" : `  ${chalk.dim(`(${visible(note)})`)}`;
  return `  ${mark} ${columns(name, seconds(took))}${visible(text)}${why}`;
}

/** A stage at work, for a terminal that redraws: cut to its width. */
export function workingLine(
  chalk: ChalkInstance,
  working: { name: string; seconds: number; text: string; share: number | undefined; frame: number; width: number },
): string {
  const spinner = SPINNER[working.frame % SPINNER.length] ?? "";
  const left =
    working.share === undefined || working.share < 0.05
      ? ""
      : `   ~${Math.ceil((working.seconds / working.share) * (1 - working.share))} s left`;
  const line = `  ${spinner} ${columns(working.name, seconds(working.seconds))}${visible(working.text)}`;
  return `${chalk.cyan(line.slice(0, working.width - left.length - 1))}${chalk.dim(left)}`;
}

function columns(name: string, took: string): string {
  return `${name.padEnd(NAME_WIDTH)}${took.padStart(SECONDS_WIDTH)}   `;
}
