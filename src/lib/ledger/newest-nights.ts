import { type ByToday, byToday } from "../workspace/dated-ahead.ts";
import type { LedgerEvent } from "./events.ts";
import { NIGHT_KINDS, type NightStory, nightsOf } from "./nights-of.ts";
import { type LedgerPlace, problemsOf, readLedger } from "./read.ts";

/** The newest first. */
export interface NewestNights extends ByToday<NightStory> {
  /** what tells of all of them (NIGHT_KINDS) */
  readonly events: readonly LedgerEvent[];
  /** what can't be read, a sentence each */
  readonly problems: readonly string[];
}

/**
 * The newest nights up to today, as far back as is needed.
 *
 * @param wanted.least     how many at least, where there are so many
 * @param wanted.today     YYYY-MM-DD in the workspace's time zone
 * @param wanted.isEnough  whether no older one is needed; by default so many are
 * @throws as `readLedger`
 */
export async function newestNights(
  place: LedgerPlace,
  {
    least,
    today,
    now,
    isEnough = () => true,
  }: {
    readonly least: number;
    readonly today: string;
    readonly now: Date;
    readonly isEnough?: (nights: readonly NightStory[]) => boolean;
  },
): Promise<NewestNights> {
  for (let count = least; ; ) {
    const reading = await readLedger(place, { nights: count, kinds: NIGHT_KINDS, now });
    const all = nightsOf(reading.events);
    const { nights, ahead } = byToday(all, today);
    const isDone = nights.length >= least && isEnough(nights);
    if (isDone || all.length < count) return { nights, ahead, events: reading.events, problems: problemsOf(reading) };
    count = nights.length < least ? count + ahead.length : count * 8;
  }
}
