import { suggestion } from "../../cli/suggestions.ts";
import { UsageError } from "../../errors.ts";

/** A table by its schema (a database, in MySQL's words) and name. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
}

/**
 * What source.table may mean, the likeliest first: a name as it stands, then SCHEMA.TABLE, with or without quotes.
 *
 * @param quote  what SQL quotes names with there
 */
export function tableMeanings(
  table: string,
  quote: '"' | "`",
): { readonly schema: string | undefined; readonly name: string }[] {
  const meanings: { schema: string | undefined; name: string }[] = [{ schema: undefined, name: table }];
  const part = quote === '"' ? /"(?:[^"]|"")+"|[^".]+/g : /`(?:[^`]|``)+`|[^`.]+/g;
  const parts = table.match(part) ?? [];
  if (parts.join(".") === table && parts.length <= 2) {
    const [name = "", schema] = parts.map((text) => unquoted(text, quote)).reverse();
    if (schema !== undefined || name !== table) meanings.push({ schema, name });
  }
  // A name with dots of its own that stands in no quotes.
  const dot = table.indexOf(".");
  if (dot > 0 && parts.length > 2) meanings.push({ schema: table.slice(0, dot), name: table.slice(dot + 1) });
  return meanings;
}

function unquoted(text: string, quote: string): string {
  return text.startsWith(quote) ? text.slice(1, -1).replaceAll(quote + quote, quote) : text;
}

/**
 * That there is no such table, with the one that was probably meant.
 *
 * @param usual  the schema whose tables need no schema before them
 */
export function noTable(table: string, place: string, known: readonly TableName[], usual: string): UsageError {
  const names = known.map(({ schema, name }) => (schema === usual ? name : `${schema}.${name}`));
  const isAsked = (name: string) => name.toLowerCase() === table.toLowerCase();
  // A table of another schema needs that one's name, which most people leave out first.
  const same = names.find(isAsked) ?? names[known.findIndex(({ name }) => isAsked(name))];
  return new UsageError(
    `${place} has no table ${table}, or none that this user may see`,
    `source.table: ${same === undefined ? suggestion(table, names) : `did you mean ${same}?`}`,
  );
}
