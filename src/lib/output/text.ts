import type { ChalkInstance } from "chalk";
import { ChurnError } from "../errors.ts";

/** A path with the home folder as ~. */
export function tilde(path: string, home: string | undefined): string {
  return home !== undefined && home !== "/" && (path === home || path.startsWith(`${home}/`))
    ? `~${path.slice(home.length)}`
    : path;
}

/** An error as people see it: what happened, and what to do next. A defect in churn asks for a report. */
export function errorLines(
  chalk: ChalkInstance,
  error: { readonly message: string; readonly hint: string | undefined; readonly exitCode: number },
): string[] {
  const [first = "", ...more] = error.message.split("\n");
  const lines = [`${chalk.red("error")}  ${first}`, ...more.map((line) => `       ${line}`)];
  if (error.exitCode === 1)
    lines.push(
      `${chalk.yellow("next")}   this is a defect in churn: please report it with this message and the run's log`,
    );
  else if (error.hint !== undefined)
    lines.push(
      ...error.hint
        .split("\n")
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
  if (error instanceof ChurnError) return error;
  return { message: error instanceof Error ? error.message : String(error), hint: undefined, exitCode: 1, details: [] };
}
