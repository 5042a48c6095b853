import { UsageError } from "../errors.ts";
import { wallClock } from "./timezone.ts";

/**
 * A night is the key under which a date's files lie: `2026-11-23` the first decision for that date, `2026-11-23.2` the
 * second one.
 */
export interface Night {
  readonly name: string;
  /** YYYY-MM-DD */
  readonly date: string;
  /** 1 for the date's first night */
  readonly decision: number;
}

const NIGHT = /^(\d{4}-\d{2}-\d{2})(?:\.([2-9]|[1-9]\d+))?$/;

/** The night that a name says, or undefined when it isn't one: of a number that is no exact one either, which would be another night's. */
export function parseNight(name: string): Night | undefined {
  const [, date, decision] = NIGHT.exec(name) ?? [];
  const number = Number(decision ?? 1);
  if (date === undefined || !isDate(date) || !Number.isSafeInteger(number)) return undefined;
  return { name, date, decision: number };
}

export function nightOf(date: string, decision: number): Night {
  return { name: decision === 1 ? date : `${date}.${decision}`, date, decision };
}

/** Orders nights by date, then by decision. */
export function compareNights(a: Night, b: Night): number {
  return a.date === b.date ? a.decision - b.decision : a.date < b.date ? -1 : 1;
}

/**
 * A date as a person names it: YYYY-MM-DD, today or yesterday, the latter two in the given IANA time zone.
 *
 * @param flag  that it was given by
 * @throws {UsageError} when the text is no date
 */
export function parseDate(text: string, timezone: string, now: Date, flag = "--date"): string {
  if (text === "today") return today(timezone, now);
  if (text === "yesterday") return addDays(today(timezone, now), -1);
  if (isDate(text)) return text;
  throw new UsageError(`${JSON.stringify(text)} is not a date`, `${flag} takes YYYY-MM-DD, today or yesterday`);
}

/** What a date or a night is called where it is named for later: today and yesterday are dates, other texts as they are. */
export function datedName(text: string, timezone: string, now: Date): string {
  return text === "today" || text === "yesterday" ? parseDate(text, timezone, now) : text;
}

/** Today's date in the time zone, YYYY-MM-DD. */
export function today(timezone: string, now: Date): string {
  return wallClock(timezone, now).date;
}

/** The date so many days later, by the calendar; negative goes back. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Whether the text is YYYY-MM-DD and a day of the calendar. */
function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
