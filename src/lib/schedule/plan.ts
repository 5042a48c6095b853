import { existsSync, statSync } from "node:fs";
import type { CommandContext } from "../cli/command.ts";
import { listed } from "../cli/numbers.ts";
import { requireFolder } from "../files/address.ts";
import { isS3Address } from "../s3/address.ts";
import { requireAddresses } from "../tracking/open.ts";
import { clockTimezone } from "../workspace/timezone.ts";
import { userHome, userName } from "../workspace/user.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { strayLines } from "./block.ts";
import { clockChangeAt } from "./clock-change.ts";
import { cronLine } from "./cron-line.ts";
import { isCronRunning } from "./daemon.ts";
import { cronTime } from "./machine-time.ts";
import { nextRun } from "./next-run.ts";
import { type Start, startOf } from "./start.ts";
import { type Units, unitsOf, watchdogUnitsOf } from "./units.ts";
import { isWatched, watchdogTime } from "./watchdog-time.ts";
import { scheduledWords } from "./words.ts";

/** Of the process that plans. */
type Process = Pick<CommandContext, "program" | "env" | "now">;
type Planned = Pick<Workspace, "root" | "config"> & { readonly loaded: Pick<Workspace["loaded"], "origins"> };

/** What a scheduler would start, as this process was started. */
export function startFrom({ program, env }: Process, { root, config }: Planned): Start {
  return startOf({ node: process.execPath, program, root, env, command: config.source.command });
}

/** What a workspace has in a crontab. */
export interface CronPlan {
  /** between the marks */
  readonly lines: readonly string[];
  /** HH:MM by the machine's clock */
  readonly at: string;
  /** the machine's time zone; undefined where it doesn't say */
  readonly zone: string | undefined;
  /** when the night begins next */
  readonly next: Date;
  /** HH:MM by the machine's clock, of a second line; undefined where no watchdog is asked for */
  readonly watchdogAt: string | undefined;
}

/** @throws {UsageError} where no line can keep to schedule.at, or it is too long for cron */
export function cronPlan(from: Process, workspace: Planned): CronPlan {
  const { timezone, schedule, watchdog } = workspace.config;
  const zone = clockTimezone();
  const at = cronTime(schedule.at, timezone, zone, from.now);
  const start = startFrom(from, workspace);
  const watchdogAt = isWatched(workspace.loaded.origins)
    ? cronTime(watchdogTime(watchdog), timezone, zone, from.now)
    : undefined;
  return {
    lines: [
      cronLine({ at, words: scheduledWords("a night", "cron", workspace.config) }, start),
      ...(watchdogAt === undefined
        ? []
        : [cronLine({ at: watchdogAt, words: scheduledWords("the watchdog", "cron", workspace.config) }, start)]),
    ],
    at,
    zone,
    watchdogAt,
    next: nextRun({ at, zone: zone ?? timezone, by: "cron" }, from.now),
  };
}

/** The units of systemd, and when they begin a night next. */
export interface TimerPlan {
  readonly units: Units;
  /** undefined where no watchdog is asked for */
  readonly watchdog: Units | undefined;
  readonly next: Date;
}

export function timerPlan(from: Process, workspace: Planned): TimerPlan {
  const { root, config } = workspace;
  const start = startFrom(from, workspace);
  const folders = foldersOf(workspace);
  const { timezone, schedule } = config;
  const means = { start, user: userName(), home: userHome(), folders: [root, ...folders], config };
  return {
    units: unitsOf(means),
    watchdog: isWatched(workspace.loaded.origins) ? watchdogUnitsOf(means) : undefined,
    next: nextRun({ at: schedule.at, zone: timezone, by: "timer" }, from.now),
  };
}

/** What a person should know before a scheduler starts the nights, whichever it is. */
export function scheduleWarnings({ env, now }: Process, { root, config, loaded }: Planned): string[] {
  const { timezone, schedule } = config;
  const warnings: string[] = [];
  const change = clockChangeAt(schedule.at, timezone, now);
  if (change !== undefined) warnings.push(`schedule.at ${change}`);
  if (loaded.origins.get("timezone")?.kind === "default" && env.TZ && clockTimezone() !== timezone)
    warnings.push(`timezone isn't in churn.yaml, and TZ, which no scheduler has, says ${timezone}: write it there`);
  const alone = [...loaded.origins].flatMap(([key, { kind, where }]) => {
    const isHere =
      kind === "flag" ? !key.startsWith("schedule.") : kind === "environment" && !where.endsWith(" in .env");
    return isHere ? [where] : [];
  });
  if (alone.length > 0)
    warnings.push(`no scheduler knows of what is said here alone: ${listed(alone)}; write it into churn.yaml or .env`);
  if (statSync(root).uid !== process.geteuid?.())
    warnings.push(`${root} belongs to another user than ${userName()}, as whom its nights would be run`);
  return warnings;
}

/**
 * What a person should know of cron on this machine.
 *
 * @param table  the user's crontab, where it can be looked at
 */
export function cronWarnings(table: string | undefined, root: string): string[] {
  const warnings: string[] = [];
  if (clockTimezone() === undefined)
    warnings.push("this machine doesn't say its time zone, so cron may go by other clocks than schedule.at");
  if (isCronRunning() === false) warnings.push("no cron daemon runs on this machine: sudo systemctl enable --now cron");
  for (const line of table === undefined ? [] : strayLines(table, root))
    warnings.push(`the crontab has another line that starts these nights: ${line}`);
  return warnings;
}

/** What a person should know of a service that is closed off. */
export function timerWarnings(workspace: Planned): string[] {
  const missing = foldersOf(workspace).filter((folder) => !existsSync(folder));
  const warnings = missing.map((folder) => `${folder} has to be there before the service starts: mkdir -p makes it`);
  if (workspace.config.source.command !== undefined)
    warnings.push("source.command may write to the workspace and /tmp alone; more is for ReadWritePaths= to say");
  return warnings;
}

/** Folders outside of the workspace that a night writes to. */
function foldersOf({ root, config }: Planned): string[] {
  const { tracking } = requireAddresses(config.tracking, root);
  const folders = [
    ...(isS3Address(config.store) ? [] : [requireFolder(config.store, "store", root)]),
    ...(tracking.kind === "folder" ? [tracking.path] : []),
  ];
  return folders.filter((folder) => folder !== root && !folder.startsWith(`${root}/`));
}
