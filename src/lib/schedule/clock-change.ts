import { addDays } from "../workspace/night.ts";
import { momentOf, momentsOf } from "../workspace/timezone.ts";
import { daysAroundChanges } from "./around-changes.ts";

const DAY_MS = 86_400_000;
const DEFAULT_HINT = 'schedule: { at: "06:00" }';

/**
 * Why a time is not to be relied on: the clocks of its zone leave it out on one day and show it twice on another, or change
 * nearby. Schedulers take that in different ways.
 *
 * @param at    HH:MM
 * @param from  the moment from which on a year is looked at
 * @returns     undefined for a time that every day has once
 */
export function clockChangeAt(at: string, zone: string, from: Date): string | undefined {
  const days = daysAroundChanges(zone, from);
  const leftOut = days.find((day) => momentsOf(zone, day, at).length === 0);
  const twice = days.find((day) => momentsOf(zone, day, at).length === 2);
  const happens = [
    ...(leftOut === undefined ? [] : [`is left out on ${leftOut}`]),
    ...(twice === undefined ? [] : [`comes twice on ${twice}`]),
  ].join(" and ");
  const advice = `another time is safer: ${DEFAULT_HINT}`;
  if (happens !== "") return `${at} ${happens} in ${zone}, where clocks change; ${advice}`;
  const next = days.find((day) => isOtherThanADay(zone, day));
  if (next === undefined || at < "01:00" || at >= "03:00") return undefined;
  return `${at} lies between 01:00 and 03:00, when most clocks change, those of ${zone} on ${next}; ${advice}`;
}

/** Whether a date is longer or shorter than a day in a zone. */
function isOtherThanADay(zone: string, date: string): boolean {
  const [midnight, next] = [date, addDays(date, 1)].map((day) => momentOf(zone, day, "00:00").getTime());
  return midnight !== undefined && next !== undefined && next - midnight !== DAY_MS;
}
