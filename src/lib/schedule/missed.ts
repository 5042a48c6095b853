import { addDays } from "../workspace/night.ts";
import { type Daily, dueOn } from "./next-run.ts";

/** Since when a night has been due before it counts as missed: a machine that has just been started needs a moment. */
export const GRACE_MS = 15 * 60_000;

/**
 * The days on which a night was due and for which none was begun, oldest first.
 *
 * @param daily       schedule.at by the clocks of the workspace's time zone, or what is installed
 * @param days.since  the first day that is looked at, YYYY-MM-DD by those clocks
 * @param days.until  the last one, included
 * @param known.begun whether a night was begun for a date, whatever became of it
 * @param known.now   what has been due for less than `GRACE_MS` isn't missed yet
 */
export function missedDays(
  daily: Daily,
  { since, until }: { readonly since: string; readonly until: string },
  { begun, now }: { readonly begun: (date: string) => boolean; readonly now: Date },
): readonly string[] {
  const missed: string[] = [];
  for (let day = since; day <= until; day = addDays(day, 1)) {
    if (begun(day)) continue;
    const due = dueOn(daily, day);
    // Later days are due later still.
    if (due !== undefined && due.getTime() > now.getTime() - GRACE_MS) break;
    if (due !== undefined) missed.push(day);
  }
  return missed;
}
