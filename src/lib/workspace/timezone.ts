import { readlinkSync } from "node:fs";

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
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
  return { date: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}:${part.second}` };
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
  const linked = localtimeZone();
  return linked !== undefined && isTimezone(linked) ? linked : undefined;
}

/**
 * When, within a year, a zone's clocks are put on or back next; undefined in a zone without summer time.
 *
 * @param now  changes after this moment count
 */
export function nextClockChange(zone: string, now: Date): Date | undefined {
  const offsetAt = (moment: number) => offsetOf(zone, new Date(moment));
  // No zone keeps a time for less than a week: Morocco leaves its own for the month of Ramadan.
  let [before, after] = [now.getTime(), now.getTime() + WEEK];
  for (let weeks = 0; offsetAt(before) === offsetAt(after); weeks += 1) {
    if (weeks === 53) return undefined;
    [before, after] = [after, after + WEEK];
  }
  const offset = offsetAt(before);
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === offset) before = middle;
    else after = middle;
  }
  return new Date(Math.floor(after / 1000) * 1000);
}

/** Milliseconds by which a zone's clocks are ahead of UTC, to the second. */
function offsetOf(zone: string, moment: Date): number {
  const { date, time } = wallClock(zone, moment);
  return Date.parse(`${date}T${time}Z`) - Math.floor(moment.getTime() / 1000) * 1000;
}

/** What /etc/localtime links to: …/zoneinfo/Europe/Berlin. */
function localtimeZone(): string | undefined {
  try {
    return readlinkSync("/etc/localtime").split("/zoneinfo/")[1];
  } catch {
    return undefined;
  }
}

/**
 * When the clocks of a time zone show a time of a date. Where they never do, an hour being left out, the moment after; where
 * they do it twice, one of the two.
 *
 * @param date  YYYY-MM-DD
 * @param time  HH:MM
 */
export function momentOf(zone: string, date: string, time: string): Date {
  const asUtc = Date.parse(`${date}T${time}:00Z`);
  // By the offsets of a day before and a day after: where clocks change in between, at most one of the two shows the time.
  const [before = asUtc, after = asUtc] = [-DAY, DAY].map((away) => {
    const shown = wallClock(zone, new Date(asUtc + away));
    return 2 * asUtc + away - Date.parse(`${shown.date}T${shown.time}Z`);
  });
  const isShown = (moment: number) => {
    const shown = wallClock(zone, new Date(moment));
    return shown.date === date && shown.time === `${time}:00`;
  };
  return new Date([before, after].find(isShown) ?? Math.max(before, after));
}

const DAY = 86_400_000;
const WEEK = 7 * DAY;
