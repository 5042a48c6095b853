import { builtin, identifier, literal } from "../duckdb/sql.ts";
import type { DateColumn } from "./source.ts";

/** SQL around the source's own, in which a source's macros have no part: functions are named as DuckDB's own. */

/**
 * The condition that chooses the rows of a day, in DuckDB's SQL.
 *
 * @param date  YYYY-MM-DD
 */
export function dayCondition(column: DateColumn, date: string): string {
  const day = literal(date);
  const name = identifier(column.name);
  // A range on the bare column lets DuckDB pass over row groups of other days.
  if (column.kind === "date") return `${name} = CAST(${day} AS DATE)`;
  if (column.kind === "timestamp") {
    const start = `CAST(${day} AS TIMESTAMP)`;
    const end = `${builtin("+")}(${start}, CAST('1 day' AS INTERVAL))`;
    return `${name} >= ${start} AND ${name} < ${end}`;
  }
  return `${dayText(column)} = ${day}`;
}

/** The day of a row as text, YYYY-MM-DD where the column holds one, in DuckDB's SQL. */
export function dayText({ name, kind, timezone }: DateColumn): string {
  const column = identifier(name);
  if (kind === "text") return `${builtin("left")}(${builtin("trim")}(CAST(${column} AS VARCHAR)), 10)`;
  const day = kind === "timestamptz" ? `${builtin("timezone")}(${literal(timezone)}, ${column})` : column;
  return `CAST(CAST(${day} AS DATE) AS VARCHAR)`;
}
