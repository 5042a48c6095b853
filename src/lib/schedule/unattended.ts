import type { StartedBy } from "../ledger/events.ts";
import { wallClock } from "../workspace/timezone.ts";
import type { InstalledSchedules } from "./installed.ts";
import type { Daily } from "./next-run.ts";

/** Starts that a schedule of this machine made. */
export const FIRED: readonly StartedBy[] = ["cron", "timer"];
/** Likewise where it is none of this machine's: Kubernetes, a scheduler of the house. */
export const UNATTENDED: readonly StartedBy[] = [...FIRED, "other"];

/** What of a start says whether somebody was there. */
export interface NightStart {
  readonly time: Date;
  /** null where nothing tells */
  readonly by: StartedBy | null;
  /** churn and its arguments */
  readonly command: readonly string[];
}

/**
 * Those of some starts that a schedule made, as far as is known, in their order. Without a terminal a person starts a night, too, over
 * ssh say: such starts count where they name no date and came on more than one day.
 *
 * @param timezone  the workspace's, by whose days they are told apart
 */
export function unattendedStarts<Start extends NightStart>(
  starts: readonly Start[],
  timezone: string,
): readonly Start[] {
  const made = starts.filter(({ by, command }) => {
    if (by === null || !UNATTENDED.includes(by)) return false;
    return by !== "other" || !command.some((word) => word.startsWith("--date"));
  });
  const days = new Set(made.flatMap(({ by, time }) => (by === "other" ? [wallClock(timezone, time).date] : [])));
  return days.size > 1 ? made : made.filter(({ by }) => by !== "other");
}

/**
 * What starts the nights without anybody there, as far as is known: what is installed here, else what has started some; undefined where
 * only persons do. Such a night is missed where it was due and didn't begin, and no other is.
 *
 * @param starts    of nights
 * @param timezone  the workspace's
 * @returns by whose rules a time counts that clocks leave out
 */
export function startsUnattended(
  { installed, strays }: Pick<InstalledSchedules, "installed" | "strays">,
  starts: readonly NightStart[],
  timezone: string,
): Daily["by"] | undefined {
  if (installed.some(({ by }) => by === "timer")) return "timer";
  const isStarted = installed.length > 0 || strays.length > 0 || unattendedStarts(starts, timezone).length > 0;
  return isStarted ? "cron" : undefined;
}
