import { addDays } from "../workspace/night.ts";

/** Longer than a time zone is ahead of UTC, and than a clock is set back by. */
const SLACK_DAYS = 3;

/**
 * Whether what was written at a moment, and before, is of nights before a date: none is of a date to come.
 *
 * @param time  ISO 8601, in UTC
 * @param date  YYYY-MM-DD
 */
export function isBeforeNightsOf(date: string, time: string): boolean {
  return time < addDays(date, -SLACK_DAYS);
}
