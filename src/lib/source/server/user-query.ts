import { literal } from "../../duckdb/sql.ts";
import { UsageError } from "../../errors.ts";
import { SELECT_HINT } from "../query.ts";
import { type QueryKey, queryText } from "../query-text.ts";

/**
 * A query of churn.yaml as a server gets it, in brackets: {date} as an untyped literal, which a server compares with dates,
 * times and texts alike.
 *
 * @param key   where it stands: "source.query"
 * @param date  YYYY-MM-DD
 * @throws {UsageError} when it is plainly no SELECT, or {date} stands in quotes
 */
export function bracketedQuery(key: QueryKey, query: string, date: string): string {
  const select = queryText(query, literal(date), key);
  const [word = ""] = /^[a-z]+/i.exec(withoutComments(select)) ?? [];
  if (WRITING.test(word)) throw new UsageError(`${key} is a statement of the kind ${word.toUpperCase()}`, SELECT_HINT);
  if (withoutComments(select) === "") throw new UsageError(`${key} is empty`, SELECT_HINT);
  // The closing bracket stands on its own line, out of the reach of a comment at the end.
  return `(${select}\n)`;
}

/** A server refuses them in brackets as well, but calls them a mistake of grammar. */
const WRITING =
  /^(?:insert|update|delete|replace|merge|truncate|create|alter|drop|rename|grant|revoke|load|copy|call|do|set|lock|begin|start|commit|rollback|explain|show|use|execute|prepare)$/i;

/** A query without the comments and brackets at its beginning. */
function withoutComments(query: string): string {
  return query.replace(/^(?:\s|\(|--[^\n]*(?:\n|$)|#[^\n]*(?:\n|$)|\/\*(?!M?!).*?\*\/)*/s, "");
}
