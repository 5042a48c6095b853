import { sha256 } from "../files/fingerprint.ts";
import { addDays } from "../workspace/night.ts";
import type { Letter } from "./letter.ts";
import type { OutboxState } from "./outbox/format.ts";

type Failing = OutboxState["failing"];

/**
 * What failures of several nights have in common: stage, exit code and sentence, without the figures in it, which differ from night to
 * night (dates, counts, process ids).
 */
export function failureDigest(stage: string, exitCode: number, reason: string): string {
  return sha256([stage, exitCode, reason.replaceAll(/\d+/g, "#")].join("\n")).slice(0, 16);
}

/** Whether a failure is news: a new one, one after which it failed otherwise, or one that goes on for so long that it is told again. */
export function isNews(failing: Failing, night: string, failure: string, remind: number): boolean {
  if (failing === null || failing.failure !== failure) return true;
  return nightsWith(failing, night).length - failing.told_at >= remind;
}

/** The series with one more night in it. The same night twice is one. */
export function failedAgain(failing: Failing, night: string, failure: string, isTold: boolean): NonNullable<Failing> {
  const nights = nightsWith(failing, night);
  return {
    since: failing?.since ?? dateOf(night),
    nights,
    failure: isTold || failing === null ? failure : failing.failure,
    told_at: isTold || failing === null ? nights.length : failing.told_at,
  };
}

/**
 * Whether a night comes after a series of failures, and so ends it: an older one that is decided late does not.
 *
 * @param at  the present moment: ISO 8601. A series that is dated after it began while a clock was ahead, and any night of these days ends it
 */
export function isOfSeries(failing: Failing, night: string, at: string): failing is NonNullable<Failing> {
  if (failing === null) return false;
  // A time zone is at most a day from UTC.
  const [yesterday, tomorrow] = [addDays(dateOf(at), -1), addDays(dateOf(at), 1)];
  return dateOf(night) >= (failing.since > tomorrow ? yesterday : dateOf(failing.since));
}

/** The series as a message tells it. A first night is none. */
export function seriesOf(failing: Failing, failedNight?: string): Letter["series"] {
  if (failing === null) return null;
  const nights = failedNight === undefined ? failing.nights : nightsWith(failing, failedNight);
  return failedNight !== undefined && nights.length < 2 ? null : { since: failing.since, nights: nights.length };
}

function nightsWith(failing: Failing, night: string): string[] {
  return [...new Set([...(failing?.nights ?? []), dateOf(night)])];
}

/** A date that is decided again is one night. */
function dateOf(night: string): string {
  return night.slice(0, 10);
}
