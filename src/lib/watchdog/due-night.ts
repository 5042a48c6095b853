import { addDays, today } from "../workspace/night.ts";
import { momentOf } from "../workspace/timezone.ts";

/** The newest night whose deadline is over. */
export interface DueNight {
  /** YYYY-MM-DD: it began on that date, by the clocks of the workspace */
  readonly date: string;
  readonly deadline: Date;
}

/**
 * Which night has to have succeeded by now.
 *
 * @param at  HH:MM: when nights begin
 * @param by  HH:MM: until when they have to have succeeded; on the next day where it isn't later than `at`
 */
export function dueNight(at: string, by: string, timezone: string, now: Date): DueNight {
  for (let day = today(timezone, now); ; day = addDays(day, -1)) {
    const deadline = momentOf(timezone, day, by);
    if (deadline <= now) return { date: by > at ? day : addDays(day, -1), deadline };
  }
}
