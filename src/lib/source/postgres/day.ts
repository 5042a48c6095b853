import { identifier, literal } from "../../duckdb/sql.ts";
import { dayAfter, startOfDay } from "../server/calendar.ts";
import type { DateColumn } from "../source.ts";

/**
 * SQL of PostgreSQL's about days. A condition is a range over the bare column, so that an index serves it. Dates are literals
 * without a type, which compare with a date and a time alike.
 */

/** The condition that chooses the rows of a day. @param date YYYY-MM-DD */
export function dayCondition(column: DateColumn, date: string): string {
  const name = `q.${identifier(column.name)}`;
  if (column.kind === "text") return `${dayText(name)} = ${literal(date)}`;
  if (column.kind === "date") return `${name} = ${literal(date)}`;
  return `${name} >= ${startOf(column, date)} AND ${name} < ${startOf(column, dayAfter(date))}`;
}

/** The newest day up to today as text, one row; NULL where there is none. */
export function newestDay(column: DateColumn, today: string, rows: string): string {
  const name = `q.${identifier(column.name)}`;
  if (column.kind === "text") {
    return `SELECT max(day COLLATE "C") FROM (SELECT ${dayText(name)} AS day FROM ${rows}) AS days
      WHERE day ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' AND day COLLATE "C" <= ${literal(today)}`;
  }
  const newest =
    column.kind === "timestamptz" ? `(max(${name}) AT TIME ZONE ${literal(column.timezone)})` : `max(${name})`;
  const until = column.kind === "date" ? `<= ${literal(today)}` : `< ${startOf(column, dayAfter(today))}`;
  return `SELECT CAST(CAST(${newest} AS date) AS text) FROM ${rows} WHERE ${name} ${until}`;
}

/** How many rows there are, and the column's least value as an example. */
export function exampleDay(column: DateColumn, rows: string): string {
  return `SELECT count(*), min(CAST(q.${identifier(column.name)} AS text)) FROM ${rows}`;
}

/** A time with a zone is a day of churn's time zone. */
function startOf({ kind, timezone }: DateColumn, date: string): string {
  return literal(kind === "timestamptz" ? `${startOfDay(timezone, date)}+00` : date);
}

function dayText(name: string): string {
  return `left(btrim(CAST(${name} AS text)), 10)`;
}
