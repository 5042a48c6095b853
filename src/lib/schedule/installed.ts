import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { shellWord } from "../cli/shell.ts";
import { ChurnError } from "../errors.ts";
import { clockTimezone } from "../workspace/timezone.ts";
import { blockIn, strayLines } from "./block.ts";
import { parseCronLine } from "./cron-line.ts";
import { NoCrontabError, openCrontab } from "./crontab.ts";
import { isProgram, type Start } from "./start.ts";
import { parseUnits, timerPath, watchdogTimerPath } from "./units.ts";
import type { Job } from "./words.ts";

/** Something that starts a workspace's nights on this machine. */
export interface Installed {
  readonly by: "cron" | "timer";
  /** HH:MM by the clocks of the zone; undefined where somebody has made something else of it than one time a day */
  readonly at: string | undefined;
  /** undefined where the machine doesn't say its zone */
  readonly zone: string | undefined;
  /** what says it: the crontab's line, or the timer's file */
  readonly place: string;
  /** undefined where it doesn't start churn in a workspace any more */
  readonly starts: Pick<Start, "node" | "program" | "root"> | undefined;
  /** behind churn -C WORKSPACE */
  readonly words: readonly string[];
  /** false for a timer that was put in its place and never switched on */
  readonly isEnabled: boolean;
}

/** What starts a workspace's nights: usually one thing. */
export interface InstalledSchedules {
  readonly installed: readonly Installed[];
  /** what starts its watchdog */
  readonly watchdogs: readonly Installed[];
  /** lines of the crontab, written by others than churn, that start them too */
  readonly strays: readonly string[];
  /** why the user's crontab could not be looked at, in one sentence; a machine without cron has nothing to look at */
  readonly unreadable: string | undefined;
}

/**
 * Looks for what starts a workspace's nights: `run-all` between churn's marks in the crontab of this user, and a timer by the
 * name of the workspace's.
 *
 * @param root   the workspace's folder
 * @param env    the process's environment
 * @param units  where systemd has the units of this machine
 */
export async function installedSchedules(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
  units?: string,
): Promise<InstalledSchedules> {
  const timer = installedTimer(root, units);
  const timers = timer === undefined ? [] : [timer];
  const watchdogTimer = installedUnit(watchdogTimerPath(root, units));
  const watchdogTimers = watchdogTimer === undefined ? [] : [watchdogTimer];
  try {
    const table = await openCrontab(env).read();
    const lines = blockIn(table, root) ?? [];
    return {
      installed: [...lines.flatMap((line) => installedLine(line, "run-all")), ...timers],
      watchdogs: [...lines.flatMap((line) => installedLine(line, "watchdog")), ...watchdogTimers],
      strays: strayLines(table, root),
      unreadable: undefined,
    };
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    const unreadable = error instanceof NoCrontabError ? undefined : error.message;
    return { installed: timers, watchdogs: watchdogTimers, strays: [], unreadable };
  }
}

/** The line that starts the nights, or the watchdog; one of which nobody can tell what it starts is for the nights. */
function installedLine(line: string, command: "run-all" | "watchdog"): Installed[] {
  const parsed = parseCronLine(line);
  if (parsed === undefined || (parsed.starts === undefined ? "run-all" : parsed.words[0]) !== command) return [];
  const { at, starts, words } = parsed;
  return [{ by: "cron", at, zone: clockTimezone(), place: line, starts, words, isEnabled: true }];
}

/**
 * The timer of a workspace; undefined where there is none.
 *
 * @param units  where systemd has the units of this machine
 */
export function installedTimer(root: string, units?: string): Installed | undefined {
  return installedUnit(timerPath(root, units));
}

function installedUnit(path: string): Installed | undefined {
  const timer = textOf(path);
  if (timer === undefined) return undefined;
  const service = textOf(path.replace(/timer$/, "service")) ?? "";
  const { at, zone = clockTimezone(), starts, words } = parseUnits(service, timer);
  const link = join(dirname(path), "timers.target.wants", basename(path));
  return { by: "timer", at, zone, place: path, starts, words, isEnabled: existsSync(link) };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/**
 * What of something installed isn't, or is no longer, what would be put there today: a sentence each.
 *
 * @param wanted.start  what starts churn as this process was started
 * @param wanted.at     HH:MM by the clocks that the installed one goes by
 * @param wanted.words  behind churn -C WORKSPACE
 */
export function differencesOf(
  { by, at, starts, words, isEnabled, place }: Installed,
  {
    start,
    at: wantedAt,
    words: wantedWords,
    what: started = "a night",
  }: { readonly start: Start; readonly at: string; readonly words: readonly string[]; readonly what?: Job },
): string[] {
  const line = started === "a night" ? "the crontab's line" : `the crontab's line of ${started}`;
  const what = by === "cron" ? line : place;
  const time = at === undefined ? [`${what} doesn't start ${started} once a day`] : [];
  const other =
    at !== undefined && at !== wantedAt ? [`${what} starts ${started} at ${at}, and ${wantedAt} is wanted`] : [];
  const off = isEnabled ? [] : [`${what} isn't switched on: sudo systemctl enable --now ${basename(place)}`];
  if (starts === undefined) return [...time, ...other, ...off, `${what} doesn't start churn in a workspace`];
  const names = [
    ["Node", starts.node, start.node],
    ["churn", starts.program, start.program],
    ["the workspace", starts.root, start.root],
  ] as const;
  const paths = names.flatMap(([name, installed, own]) => {
    if (name === "Node" && !isProgram(installed)) return [`${what} names a Node that isn't there: ${installed}`];
    if (!existsSync(installed)) return [`${what} names ${name} at ${installed}, which isn't there`];
    return installed === own ? [] : [`${what} names ${name} at ${installed}, and this is ${own}`];
  });
  const [said, wanted] = [words, wantedWords].map((all) => all.map(shellWord).join(" "));
  const flags = said === wanted ? [] : [`${what} starts "${said}", and "${wanted}" is wanted`];
  return [...time, ...other, ...off, ...paths, ...flags];
}
