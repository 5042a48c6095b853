import { momentOf } from "../../workspace/timezone.ts";

/** The calendar's next day. @param date YYYY-MM-DD */
export function dayAfter(date: string): string {
  const next = new Date(`${date}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
}

/**
 * The moment when a day begins in a time zone, as UTC has it. A server isn't asked: of a midnight that comes twice PostgreSQL takes the
 * second one, and its list of time zones may be another.
 *
 * @param date  YYYY-MM-DD
 * @returns "YYYY-MM-DD HH:MM:SS"
 */
export function startOfDay(timezone: string, date: string): string {
  return momentOf(timezone, date, "00:00").toISOString().slice(0, 19).replace("T", " ");
}
