import { wallClock } from "../../workspace/timezone.ts";
import { dayAfter, startOfDay } from "../server/calendar.ts";
import type { DateColumn, NewestDate } from "../source.ts";
import { backticked } from "./types.ts";

/**
 * The condition that chooses the rows of a day, in MySQL's SQL: on the bare column, so that an index serves it.
 *
 * @param date  YYYY-MM-DD
 */
export function dayCondition(column: DateColumn, date: string): string {
  const name = backticked(column.name);
  switch (column.kind) {
    case "date":
      return `${name} = '${date}'`;
    case "timestamp":
      return `${name} >= '${date}' AND ${name} < '${dayAfter(date)}'`;
    case "timestamptz":
      return `${name} >= '${startOfDay(column.timezone, date)}' AND ${name} < '${startOfDay(column.timezone, dayAfter(date))}'`;
    case "text":
      return `${dayText(name)} = '${date}'`;
  }
}

/**
 * A question whose answer is one value: the newest of a column up to today, from which `newestOf` takes the date.
 *
 * @param rows  SQL to SELECT from
 */
export function newestQuestion(column: DateColumn, today: string, rows: string): string {
  const name = backticked(column.name);
  if (column.kind === "text") {
    return `SELECT MAX(day) FROM (SELECT ${dayText(name)} AS day FROM ${rows}) AS days
      WHERE day REGEXP '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' AND day <= '${today}'`;
  }
  const until = {
    date: `${name} <= '${today}'`,
    timestamp: `${name} < '${dayAfter(today)}'`,
    timestamptz: `${name} < '${startOfDay(column.timezone, dayAfter(today))}'`,
  }[column.kind];
  return `SELECT MAX(${name}) FROM ${rows} WHERE ${until}`;
}

/** The day of the newest value; undefined where there is none but 0000-00-00. */
export function newestOf({ kind, timezone }: DateColumn, value: string | null | undefined): string | undefined {
  if (value === null || value === undefined || value.startsWith("0000-")) return undefined;
  if (kind !== "timestamptz") return value.slice(0, 10);
  return wallClock(timezone, new Date(`${value.slice(0, 19).replace(" ", "T")}Z`)).date;
}

/** What is asked where there is no date at all: the number of rows, and an example. */
export function withoutDateQuestion(column: DateColumn, rows: string): string {
  return `SELECT COUNT(*), MIN(CAST(${backticked(column.name)} AS CHAR)) FROM ${rows}`;
}

export function withoutDate([rows, example]: readonly (string | null)[] = []): NewestDate {
  return { date: undefined, rows: Number(rows ?? 0), example: example ?? null };
}

/** The first ten characters, letter by letter: most collations take other scripts' digits for the same. */
function dayText(name: string): string {
  return `CONVERT(LEFT(TRIM(${name}), 10) USING utf8mb4) COLLATE utf8mb4_bin`;
}
