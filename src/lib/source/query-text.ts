import { UsageError } from "../errors.ts";

const PLACEHOLDER = /\{date\}/g;

/** Whether {date} in a query, or in source.ready, chooses what it says. */
export function choosesDate(query: string | undefined): boolean {
  return query?.includes("{date}") ?? false;
}

/**
 * What source.table names, where there is no query.
 *
 * @throws {UsageError} when it names nothing
 */
export function requireTable(table: string | undefined): string {
  if (table !== undefined) return table;
  throw new UsageError("source.table is missing", "source.table or source.query in churn.yaml says what to read");
}

/** Where the user's own SQL stands. */
export type QueryKey = "source.query" | "source.ready";

/**
 * The user's query as one text without the semicolon at its end.
 *
 * @param key  of churn.yaml, for sentences
 * @param day  what stands in the place of {date}: a literal or a parameter in SQL
 * @throws {UsageError} when {date} stands in quotes
 */
export function queryText(query: string, day: string, key: QueryKey = "source.query"): string {
  if (/'\s*\{date\}\s*'/.test(query)) {
    throw new UsageError(`${key}: {date} stands in quotes`, "write snapshot_date = {date}; it is bound as a value");
  }
  return query
    .trim()
    .replace(/;\s*$/, "")
    .replace(PLACEHOLDER, () => day);
}
