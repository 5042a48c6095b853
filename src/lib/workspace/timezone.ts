import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** What clocks show. */
export interface ClockTime {
  /** YYYY-MM-DD */
  readonly date: string;
  /** HH:MM:SS */
  readonly time: string;
}

/**
 * What the clocks of a time zone show.
 *
 * @param zone  a name that `isTimezone` takes
 */
export function wallClock(zone: string, moment: Date): ClockTime {
  // Intl's first formatter costs a process 9 ms.
  if (zone === "UTC") {
    const [date = "", time = ""] = moment.toISOString().split(/[T.]/);
    return { date, time };
  }
  const part = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(moment)
      .map(({ type, value }) => [type, value]),
  );
  return { date: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}:${part.second}` };
}

/** A text with each moment in it, ISO 8601 in UTC, as the clocks of a time zone show it: 2026-11-23 06:00:01. */
export function inWallClock(text: string, zone: string): string {
  return text.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (moment) => {
    const { date, time } = wallClock(zone, new Date(moment));
    return `${date} ${time}`;
  });
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** To make one takes longer than to use it a hundred times. */
function formatterOf(zone: string): Intl.DateTimeFormat {
  let format = formatters.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formatters.set(zone, format);
  }
  return format;
}

/** Whether dates can be reckoned in it: an IANA name, old spellings and links (Asia/Kolkata, Etc/UTC) included. */
export function isTimezone(zone: string): boolean {
  // Intl takes offsets such as +01:00 as well; they don't follow summer time, so they are no place to schedule in.
  if (!/^[A-Za-z]/.test(zone)) return false;
  // The list is quickly made and has most zones, but only one spelling of each, and not UTC.
  if (zone === "UTC" || Intl.supportedValuesOf("timeZone").includes(zone)) return true;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone !== "Etc/Unknown";
  } catch {
    return false;
  }
}

/** The machine's time zone by its IANA name; UTC where the machine doesn't say. */
export function machineTimezone(): string {
  return saidTimezone() ?? "UTC";
}

/** The same; undefined where the machine doesn't say. */
export function saidTimezone(): string | undefined {
  // Undefined or Etc/Unknown when TZ is empty, a path or no zone's name (Node 20).
  const zone: string | undefined = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone !== undefined && isTimezone(zone)) return zone;
  return clockTimezone();
}

/**
 * When, within a year, a zone's clocks are put on or back next; undefined in a zone without summer time.
 *
 * @param now  changes after this moment count
 */
export function nextClockChange(zone: string, now: Date): Date | undefined {
  // No zone keeps a time for less than a week: Morocco leaves its own for the month of Ramadan.
  // Clocks change at whole seconds, which is what they show.
  let before = Math.floor(now.getTime() / SECOND) * SECOND;
  let after = before + WEEK;
  for (let weeks = 0; offsetAt(zone, before) === offsetAt(zone, after); weeks += 1) {
    if (weeks === 53) return undefined;
    [before, after] = [after, after + WEEK];
  }
  const offset = offsetAt(zone, before);
  while (after - before > SECOND) {
    const middle = Math.floor((before + after) / 2 / SECOND) * SECOND;
    if (offsetAt(zone, middle) === offset) before = middle;
    else after = middle;
  }
  return new Date(after);
}

/**
 * The time zone of the machine's own clock, whatever a shell's TZ says: cron's daemon goes by it.
 *
 * @param etc  the folder of the system's settings
 * @returns    an IANA name; undefined where the machine doesn't say
 */
export function clockTimezone(etc = "/etc"): string | undefined {
  const file = join(etc, "localtime");
  // The C library takes UTC then.
  if (!existsSync(file)) return "UTC";
  const named = linkedZone(file) ?? writtenZone(join(etc, "timezone"));
  return named !== undefined && isTimezone(named) ? plainUtc(named) : undefined;
}

/** UTC has many names, and one clock: Etc/UTC, UCT, Zulu. */
function plainUtc(zone: string): string {
  return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone === "UTC" ? "UTC" : zone;
}

/** What /etc/localtime links to: …/zoneinfo/Europe/Berlin. */
function linkedZone(file: string): string | undefined {
  try {
    return readlinkSync(file)
      .split("/zoneinfo/")[1]
      ?.replace(/^(?:posix|right)\//, "");
  } catch {
    // A copy of the zone's file, which has no name in it.
    return undefined;
  }
}

/** What Debian keeps beside it. */
function writtenZone(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** A zone's name as the system's files spell it: europe/berlin is Europe/Berlin; one that was renamed stays as it was written. */
export function spelledTimezone(zone: string): string {
  const { timeZone } = formatterOf(zone).resolvedOptions();
  return timeZone.toLowerCase() === zone.toLowerCase() ? timeZone : zone;
}

/** Whether two names are of the same zone: however they are spelled, and of UTC by any of its names. */
export function isSameTimezone(one: string, other: string): boolean {
  return plainUtc(spelledTimezone(one)) === plainUtc(spelledTimezone(other));
}

/**
 * When the clocks of a time zone show a time of a date: once, not at all where an hour is left out, or twice, in their order.
 *
 * @param date  YYYY-MM-DD
 * @param time  HH:MM
 */
export function momentsOf(zone: string, date: string, time: string): Date[] {
  return [...new Set(candidatesOf(zone, date, time))]
    .filter((moment) => {
      const shown = wallClock(zone, new Date(moment));
      return shown.date === date && shown.time === `${time}:00`;
    })
    .sort((a, b) => a - b)
    .map((moment) => new Date(moment));
}

/**
 * The same as one moment. Where clocks never show it, the moment after; where they show it twice, the first.
 *
 * @param date  YYYY-MM-DD
 * @param time  HH:MM
 */
export function momentOf(zone: string, date: string, time: string): Date {
  return momentsOf(zone, date, time)[0] ?? new Date(Math.max(...candidatesOf(zone, date, time)));
}

/** By the offsets of a day before and a day after: where clocks don't change in between, they are the same, and right. */
function candidatesOf(zone: string, date: string, time: string): number[] {
  const asUtc = Date.parse(`${date}T${time}:00Z`);
  return [-DAY, DAY].map((away) => asUtc - offsetAt(zone, asUtc + away));
}

/** How far a zone's clocks are before UTC at a moment, in milliseconds. */
export function offsetAt(zone: string, moment: number): number {
  const { date, time } = wallClock(zone, new Date(moment));
  return Date.parse(`${date}T${time}Z`) - moment;
}

const SECOND = 1000;
const DAY = 86_400_000;
const WEEK = 7 * DAY;
