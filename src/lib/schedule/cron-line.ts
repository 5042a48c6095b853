import { UsageError } from "../errors.ts";
import type { Start } from "./start.ts";

/** A line that cron starts something by. */
export interface CronJob {
  /** HH:MM by the machine's clock, every day */
  readonly at: string;
  /** the words behind churn -C WORKSPACE */
  readonly words: readonly string[];
}

/** Bytes that a command of a crontab may have: Debian's cron refuses the whole table for one more. */
const LONGEST_COMMAND = 998;

/**
 * A job as a crontab's line. Variables stand before the command, by env: a line of their own would hold for all lines below it,
 * other people's too, and a crontab may name a shell that writes assignments in another way.
 *
 * @throws {UsageError} when it is longer than cron takes
 */
export function cronLine({ at, words }: CronJob, { node, program, root, variables }: Start): string {
  const assigned = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const command = ["/usr/bin/env", ...assigned, node, program, "-C", root, ...words].map(cronWord).join(" ");
  const bytes = Buffer.byteLength(command);
  if (bytes > LONGEST_COMMAND)
    throw new UsageError(
      `the line for cron would have ${bytes} bytes behind its time, and cron takes ${LONGEST_COMMAND}`,
      "a link with a shorter path to the workspace, named by -C; or a timer: churn schedule print --systemd",
    );
  const [hour, minute] = at.split(":").map(Number);
  return `${minute} ${hour} * * * ${command}`;
}

/**
 * A word as a shell gets it back from cron, which ends a command at % unless a backslash stands before it, in quotes too. Some
 * crons take two backslashes for one, so no two of them ever stand side by side, and none before a % that has one.
 */
function cronWord(word: string): string {
  if (/^[\w@+=:,./-]+$/.test(word)) return word;
  return `'${word.replace(/['\\%]/g, (letter) => (letter === "'" ? "'\\''" : letter === "\\" ? "\\''" : "\\%"))}'`;
}

/** What a line of a crontab starts, as far as it has the form of churn's own. */
export interface ParsedLine {
  /** HH:MM; undefined where it isn't one time a day */
  readonly at: string | undefined;
  /** undefined where it doesn't start a program of Node's in a workspace */
  readonly starts: Pick<Start, "node" | "program" | "root"> | undefined;
  readonly words: readonly string[];
}

/** Reads a line that `cronLine` has written, and somebody may have changed; undefined for one that isn't of its kind. */
export function parseCronLine(line: string): ParsedLine | undefined {
  const [, minute = "", hour = "", days = "", command] = /^(\S+) +(\S+) +(\S+ +\S+ +\S+) +(.*)$/.exec(line) ?? [];
  if (command === undefined) return undefined;
  const isDaily = /^\d{1,2}$/.test(minute) && /^\d{1,2}$/.test(hour) && /^\* +\* +\*$/.test(days);
  const at = isDaily ? `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}` : undefined;
  const words = shellWords(uncronned(command));
  const first = words.findIndex((word) => word !== "/usr/bin/env" && word !== "env" && !/^\w+=/.test(word));
  const [node, program, option, root, ...rest] = words.slice(first);
  if (node === undefined || program === undefined || option !== "-C" || root === undefined)
    return { at, starts: undefined, words: [] };
  return { at, starts: { node, program, root }, words: rest };
}

/** A command as cron hands it to the shell. */
function uncronned(command: string): string {
  return /^(?:\\.|[^\\%])*/.exec(command)?.[0].replaceAll("\\%", "%") ?? "";
}

/** The words of a shell's first command: in single quotes, double quotes, behind backslashes and plain. */
function shellWords(text: string): string[] {
  const word = /\s*((?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\|&;<>()])+)/y;
  const words: string[] = [];
  for (let found = word.exec(text); found !== null; found = word.exec(text)) {
    words.push(
      (found[1] ?? "").replace(
        /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
        (_, single?: string, double?: string, escaped?: string) =>
          single ?? double?.replace(/\\([$`"\\])/g, "$1") ?? escaped ?? "",
      ),
    );
  }
  return words;
}
