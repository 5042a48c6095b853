import { hostname } from "node:os";
import { ChurnError } from "../../errors.ts";
import { type LastStart, lastStart, lastStarts } from "../../ledger/last-start.ts";
import { clockChangeAt } from "../../schedule/clock-change.ts";
import { firingOf } from "../../schedule/firing.ts";
import {
  differencesOf,
  type Installed,
  type InstalledSchedules,
  installedSchedules,
} from "../../schedule/installed.ts";
import { GRACE_MS } from "../../schedule/missed.ts";
import { cronPlan, cronWarnings, scheduleWarnings, startFrom } from "../../schedule/plan.ts";
import { FIRED, UNATTENDED, unattendedStarts } from "../../schedule/unattended.ts";
import { isWatched, watchdogTime } from "../../schedule/watchdog-time.ts";
import { type Job, scheduledWords } from "../../schedule/words.ts";
import { isSameTimezone, wallClock } from "../../workspace/timezone.ts";
import { userName } from "../../workspace/user.ts";
import { type Finding, findingOf, fine, type Opened, type WorkspaceCheck, warning } from "../check.ts";

/** What starts the nights without anybody there, whether it still fits the workspace, and when it last did. */
export const schedule: WorkspaceCheck = {
  kind: "workspace",
  name: "schedule",
  reads: ["timezone", "schedule", "watchdog"],
  differsBy: "nothing",
  look: async (opened) => {
    const { root, process } = opened;
    const schedules = await installedSchedules(root, process.env);
    const { installed, strays, unreadable } = schedules;
    const [last, unread] = attempt(() => lastStart(root, FIRED));
    const firing = installed.map((one) => firingFinding(one, opened, last));
    const warnings = [
      ...unread,
      ...installed.flatMap((one) => differenceFindings(one, opened, "a night")),
      ...watchdogFindings(schedules, opened),
      ...planWarnings(opened, schedules),
    ];
    const starting = installed.filter(({ isEnabled }) => isEnabled).length + strays.length;
    if (starting > 1)
      warnings.push(
        warning(
          `${starting} lines and timers start these nights: the later ones find the lock held, or nothing to do`,
          "crontab -l and systemctl list-timers show them",
        ),
      );
    if (unreadable !== undefined && installed.length === 0)
      return [{ state: "unknown", text: `not looked at: ${unreadable}` }, ...warnings];
    if (installed.length > 0) return [...firing, ...warnings];
    if (strays.length > 0)
      return [fine(`a line of the crontab that isn't churn's own${lastText(last, opened)}`), ...warnings];
    return [elsewhereFinding(opened), ...warnings];
  },
};

const DAY_MS = 24 * 60 * 60_000;
/** What started nights longer ago is no habit. */
const HABIT_MS = 14 * DAY_MS;

/** When it starts the nights, and when it last did. */
export function firingFinding(
  { by, at, zone, place }: Pick<Installed, "by" | "at" | "zone" | "place">,
  opened: Pick<Opened, "now" | "config">,
  last: LastStart | undefined,
): Finding {
  const { now, config } = opened;
  const firing = firingOf({ by, at, zone }, { timezone: config.timezone, now, last });
  if (firing === undefined) return fine(`${by}${lastText(last, opened)}`);
  const next = wallClock(config.timezone, firing.next);
  const own = next.time.slice(0, 5);
  const clocks = zone === undefined ? "by this machine's clock" : zone;
  const when = `${by}, ${at} ${clocks}${own === at ? "" : ` (${own} ${config.timezone})`}`;
  if (last === undefined) return fine(`${when}, next on ${next.date}; the ledger has no start by it yet`);
  if (firing.unfired === undefined) return fine(`${when}${lastText(last, opened)}`);
  return warning(
    `${when}${lastText(last, opened)}, and not on ${wallClock(config.timezone, firing.unfired).date}`,
    by === "cron"
      ? "was the machine on? journalctl -u cron shows what cron has started"
      : `was the machine on? systemctl list-timers shows ${place.split("/").at(-1)}`,
  );
}

/** ", last fired today 06:00:00" */
function lastText(last: LastStart | undefined, opened: Pick<Opened, "now" | "config">): string {
  return last === undefined ? "" : `, last fired ${momentText(last.time, opened)}`;
}

function momentText(moment: Date, { now, config: { timezone } }: Pick<Opened, "now" | "config">): string {
  const { date, time } = wallClock(timezone, moment);
  return `${date === wallClock(timezone, now).date ? "today" : date} ${time}`;
}

/** The watchdog that churn.yaml asks for is started where the nights are. */
function watchdogFindings({ installed, watchdogs }: InstalledSchedules, opened: Opened): Finding[] {
  if (!isWatched(opened.origins)) return [];
  if (watchdogs.length > 0) return watchdogs.flatMap((one) => differenceFindings(one, opened, "the watchdog"));
  const [first] = installed;
  if (first === undefined) return [];
  const next = first.by === "cron" ? "churn schedule install" : "churn schedule print --systemd";
  return [warning("churn.yaml asks for a watchdog, and nothing starts it here", `${next} has its line too`)];
}

/** What isn't what `churn schedule` would put there today. */
function differenceFindings(installed: Installed, opened: Opened, what: Job): Finding[] {
  const { process, config } = opened;
  const { by, zone, place } = installed;
  const planned = plannedOf(opened);
  const next =
    by === "cron" ? "churn schedule install puts it right" : "churn schedule print --systemd says how to put it right";
  // What no line can say is no difference of this one.
  const isNight = what === "a night";
  const [at = installed.at ?? "", cannot] =
    by === "cron"
      ? attempt(() => {
          const plan = cronPlan(process, planned);
          return isNight ? plan.at : plan.watchdogAt;
        })
      : [isNight ? config.schedule.at : watchdogTime(config.watchdog), []];
  const words = scheduledWords(what, by, config);
  const [start, refused] = attempt(() => startFrom(process, planned));
  const differences = start === undefined ? [] : differencesOf(installed, { start, at, words, what });
  if (by === "timer" && zone !== undefined && !isSameTimezone(zone, config.timezone))
    differences.push(`${place} goes by the clocks of ${zone}, and timezone is ${config.timezone}`);
  return [
    ...differences.map((sentence) => {
      const [, text = sentence, own] = /^(.+): (sudo .+)$/s.exec(sentence) ?? [];
      return warning(text, own ?? next);
    }),
    // Said of the nights already.
    ...(isNight ? (cannot.length > 0 ? cannot : refused) : []),
  ];
}

/** What a person should know of the nights that start here, or of those that will. */
function planWarnings(opened: Opened, { installed, strays }: InstalledSchedules): Finding[] {
  const { root, process, now, config } = opened;
  const isCron = strays.length > 0 || installed.some(({ by }) => by === "cron");
  const change = clockChangeAt(config.schedule.at, config.timezone, now);
  const sentences =
    isCron || installed.length > 0
      ? scheduleWarnings(process, plannedOf(opened))
      : change === undefined
        ? []
        : [`schedule.at ${change}`];
  // A line that is somebody's own may have a secret in it, so the table isn't shown.
  return [...sentences, ...(isCron ? cronWarnings(undefined, root) : [])].map((sentence) => {
    const [, text = sentence, next] = /^(.+?)(?:: |; )((?:sudo|write|another) .+)$/s.exec(sentence) ?? [];
    return warning(text, next);
  });
}

function plannedOf({ root, config, origins }: Opened): Parameters<typeof startFrom>[1] {
  return { root, config, loaded: { origins } };
}

/** Of a workspace for which this user has put nothing in place here: another user may have, or another machine. */
function elsewhereFinding(opened: Opened): Finding {
  const { root, now, origins, config } = opened;
  const others = (starts: readonly LastStart[]) =>
    unattendedStarts(
      starts.filter((start) => !isOwn(start)),
      config.timezone,
    );
  const isOld = ({ time }: LastStart) => now.getTime() - time.getTime() > HABIT_MS;
  // After a thousand nights the whole ledger would take longer than all other checks.
  const isEnough = (found: readonly LastStart[]) => found.some(isOld) || others(found).length > 0;
  const [starts = []] = attempt(() => lastStarts(root, UNATTENDED, isEnough));
  const last = others(starts).at(-1);
  if (last !== undefined && now.getTime() - last.time.getTime() < DAY_MS + GRACE_MS) {
    const by = last.by === "other" ? "something other than cron and timers" : `${last.by}${ownerText(last)}`;
    return fine(`started by ${by}, last ${momentText(last.time, opened)}`);
  }
  const both = isWatched(origins) ? ", nor the watchdog that churn.yaml asks for" : "";
  return warning(`nothing starts the nights here${both}`, [
    "churn schedule install puts a line into your crontab,",
    "churn schedule print --systemd shows a timer instead",
  ]);
}

/** Whether this user's crontab here, or a timer here, would have been its cause. */
function isOwn({ by, user, host }: LastStart): boolean {
  return by !== "other" && host === hostname() && (by === "timer" || user === userName());
}

function ownerText({ user, host }: LastStart): string {
  return `${user === undefined ? "" : ` of ${user}`}${host === undefined ? "" : ` on ${host}`}`;
}

/** What it gives, or a warning: no night fails by what is looked at here. */
function attempt<Value>(look: () => Value): [value: Value | undefined, warnings: readonly Finding[]] {
  try {
    return [look(), []];
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    const { exitCode: _, ...told } = findingOf(error);
    return [undefined, [{ ...told, state: "warning" }]];
  }
}
