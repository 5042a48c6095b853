import type { ChalkInstance } from "chalk";
import { findingText } from "../../notify/text.ts";
import type { WatchdogReport } from "../../watchdog/report.ts";
import { visible } from "../visible.ts";
import { SCREEN_WIDTH, wrap } from "./wrap.ts";

const INDENT = "  ";
const NEXT = "next  ";

/** What was found: a sentence each, with what comes next below it. */
export function watchdogLines(
  chalk: ChalkInstance,
  findings: WatchdogReport["findings"],
  commandAt: (command: string) => string,
): string[] {
  return findings.flatMap((finding) => [
    ...wrap(visible(findingText(finding)), SCREEN_WIDTH - INDENT.length).map(
      (line, index) => `${index === 0 ? `${chalk.red("✖")} ` : INDENT}${line}`,
    ),
    ...(finding.next === null ? [] : [`${INDENT}${chalk.yellow(NEXT)}${chalk.cyan(visible(commandAt(finding.next)))}`]),
  ]);
}

/** One calm line, where it goes into one. */
export function wellLines({ well }: Pick<WatchdogReport, "well">): string[] {
  return wrap(visible(well.length === 0 ? "nothing to look at" : `all well: ${well.join(", ")}`), SCREEN_WIDTH);
}
