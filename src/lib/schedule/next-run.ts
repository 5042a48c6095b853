import { addDays, today } from "../workspace/night.ts";
import { momentsOf, wallClock } from "../workspace/timezone.ts";

/** What starts a night once a day. */
export interface Daily {
  /** HH:MM */
  readonly at: string;
  /** the time zone whose clocks show it: the machine's for cron, the workspace's for a timer */
  readonly zone: string;
  /** which decides what becomes of a time that clocks leave out */
  readonly by: "cron" | "timer";
}

/** cron takes a jump of the clocks up to so long for summer time, and a longer one for a clock that was set: cron(8). */
const LONGEST_JUMP_MS = 3 * 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * When a night is started next, after a moment. Of a time that clocks show twice both schedulers take the first. One that is
 * left out is made up for by cron as soon as the clocks have jumped; a timer leaves out that day.
 */
export function nextRun(daily: Daily, now: Date): Date {
  for (let day = addDays(today(daily.zone, now), -1); ; day = addDays(day, 1)) {
    const moment = dueOn(daily, day);
    if (moment !== undefined && moment > now) return moment;
  }
}

/**
 * When the night of a date is started; undefined on a day that leaves the time out, and on which nothing makes up for that.
 *
 * @param date  YYYY-MM-DD by the clocks of the zone
 */
export function dueOn({ at, zone, by }: Daily, date: string): Date | undefined {
  return momentsOf(zone, date, at)[0] ?? (by === "cron" ? afterJump(zone, date, at) : undefined);
}

/** The first moment after the clocks have jumped over a time of a date; undefined where cron takes no notice of that. */
function afterJump(zone: string, date: string, time: string): Date | undefined {
  const asUtc = Date.parse(`${date}T${time}:00Z`);
  const isBefore = (moment: number) => {
    const shown = wallClock(zone, new Date(moment));
    return `${shown.date} ${shown.time}` < `${date} ${time}:00`;
  };
  // Zones are at most 14 hours from UTC.
  let [low, high] = [asUtc - DAY_MS, asUtc + DAY_MS];
  while (high - low > MINUTE_MS) {
    const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
    if (isBefore(middle)) low = middle;
    else high = middle;
  }
  return jumpAt(zone, low, high) <= LONGEST_JUMP_MS ? new Date(high) : undefined;
}

/** How much more time the clocks show to have gone by than has. */
function jumpAt(zone: string, before: number, after: number): number {
  const shown = (moment: number) => {
    const { date, time } = wallClock(zone, new Date(moment));
    return Date.parse(`${date}T${time}Z`);
  };
  return shown(after) - shown(before) - (after - before);
}
