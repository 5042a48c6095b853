import type { ChalkInstance } from "chalk";
import { linesText } from "../../errors.ts";
import { knownError } from "../../files/machine-error.ts";
import { visible } from "../visible.ts";
import { fitted } from "./fit.ts";

/** A path with the home folder as ~. */
export function tilde(path: string, home: string | undefined): string {
  return home !== undefined && home !== "" && home !== "/" && (path === home || path.startsWith(`${home}/`))
    ? `~${path.slice(home.length)}`
    : path;
}

/**
 * An error as people see it: what happened, and what to do next. A defect in churn asks for a report.
 *
 * @param onScreen  its sentences fit a screen then; what is to be done next stays as it is, for it is pasted
 */
export function errorLines(
  chalk: ChalkInstance,
  error: {
    readonly message: string;
    readonly hint: string | undefined;
    readonly exitCode: number;
  },
  onScreen = false,
): string[] {
  const [first = "", ...more] = error.message.split("\n").map((line) => visible(line));
  const lines = [`${chalk.red("error")}  ${first}`, ...more.map((line) => `       ${line}`)].flatMap((line) =>
    fitted(line, onScreen, 7),
  );
  const defect = "this is a defect in churn: please report it with this message and the run's log";
  const hint = error.hint ?? (error.exitCode === 1 ? defect : undefined);
  if (hint !== undefined)
    lines.push(
      ...hint
        .split("\n")
        .map((line) => visible(line))
        .map((line, index) => (index === 0 ? `${chalk.yellow("next")}   ${line}` : `       ${line}`)),
    );
  return lines;
}

/** What the border shows of any error. */
export function presentable(error: unknown): {
  message: string;
  hint: string | undefined;
  exitCode: number;
  details: readonly string[];
} {
  const known = knownError(error);
  if (known !== undefined) return known;
  const message = linesText(error instanceof Error ? error.message : String(error));
  return { message, hint: undefined, exitCode: 1, details: [] };
}
