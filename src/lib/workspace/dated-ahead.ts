import type { Night } from "./night.ts";

/** Nights, each with what is known of it: those up to today, and those that are dated after it. */
export interface ByToday<Dated> {
  readonly nights: readonly Dated[];
  /** that ran while a clock was ahead: until their days come they count for nothing */
  readonly ahead: readonly Dated[];
}

/** @param today  YYYY-MM-DD in the workspace's time zone */
export function byToday<Dated extends Pick<Night, "date">>(all: readonly Dated[], today: string): ByToday<Dated> {
  return { nights: all.filter(({ date }) => date <= today), ahead: all.filter(({ date }) => date > today) };
}

/**
 * That nights are dated after today, in a sentence without its end; undefined where there are none.
 *
 * @param dates  YYYY-MM-DD, one a night, in any order
 */
export function aheadSentence(dates: readonly string[]): string | undefined {
  const sorted = [...dates].sort();
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined) return undefined;
  if (sorted.length === 1)
    return `the night of ${first} is dated after today and doesn't count: a clock was ahead when it ran`;
  const span = first === last ? `all ${first}` : `${first} to ${last}`;
  return `${sorted.length} nights are dated after today (${span}) and don't count: a clock was ahead when they ran`;
}
