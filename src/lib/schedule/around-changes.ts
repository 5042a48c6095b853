import { addDays, today } from "../workspace/night.ts";
import { offsetAt } from "../workspace/timezone.ts";

/** Rules for summer time repeat after a year; those that follow the moon move by a fortnight at most. */
const LOOKED_AHEAD_DAYS = 400;

/**
 * The dates about which clocks change in a zone, and the day before and after each change, in order. On all others every time of
 * the day comes once, and as far from UTC as on the day before.
 *
 * @param from  the moment from which on a year is looked at
 */
export function daysAroundChanges(zone: string, from: Date): string[] {
  const first = today(zone, from);
  const days = Array.from({ length: LOOKED_AHEAD_DAYS }, (_, index) => addDays(first, index));
  const offsets = days.map((day) => offsetAt(zone, Date.parse(`${day}T00:00:00Z`)));
  const around = days.flatMap((day, index) =>
    // Between two midnights of UTC, which are on the date or, far from Greenwich, on its neighbours.
    index > 0 && offsets[index] !== offsets[index - 1] ? [-2, -1, 0, 1].map((away) => addDays(day, away)) : [],
  );
  return [...new Set(around)].filter((day) => day >= first);
}
