import { suggestion } from "../cli/suggestions.ts";
import { own } from "../config/own.ts";
import type { Config } from "../config/schema.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { UsageError } from "../errors.ts";
import { type CanonicalColumn, canonicalColumn, kindOf } from "./canonical.ts";
import type { DateColumn } from "./source.ts";

type Dataset = Config["dataset"];

/** What files without types must not guess at: the id 00123 would become 123, and the label Yes a boolean. */
export function textColumns({ id, target: { column, positive }, types }: Dataset): string[] {
  const isWord = typeof positive === "string" && !/^(true|false)$/i.test(positive);
  const categorical = Object.keys(types).filter((name) => types[name] === "categorical");
  return [id, ...(isWord ? [column] : []), ...categorical];
}

/**
 * The columns that leave the source: all but the excluded ones, in the source's order.
 *
 * @param place  what has the columns, for messages: "table customers in customers.duckdb"
 * @throws {UsageError} when a column that `dataset` names isn't there, or is excluded though it is needed
 */
export function chosenColumns(columns: readonly TypedColumn[], dataset: Dataset, place: string): TypedColumn[] {
  const names = columns.map(({ name }) => name);
  const required: [string, string][] = [
    ["dataset.id", dataset.id],
    ["dataset.target.column", dataset.target.column],
    ...(dataset.date === null ? [] : [["dataset.date", dataset.date] satisfies [string, string]]),
  ];
  const named: [string, string][] = [
    ...required,
    ...dataset.exclude.map((name): [string, string] => ["dataset.exclude", name]),
    ...Object.keys(dataset.types).map((name): [string, string] => ["dataset.types", name]),
  ];
  for (const [key, name] of named) {
    if (!names.includes(name)) throw new UsageError(`${key}: ${place} has no column ${name}`, suggestion(name, names));
  }
  for (const [key, name] of required) {
    if (dataset.exclude.includes(name)) {
      throw new UsageError(`dataset.exclude: ${name} can't be excluded, it is ${key}`);
    }
  }
  return columns.filter(({ name }) => !dataset.exclude.includes(name));
}

/**
 * The column of dataset.date, or undefined where there is none.
 *
 * @throws {UsageError} when its type can't hold a date
 */
export function dateColumn(
  columns: readonly TypedColumn[],
  dataset: Dataset,
  timezone: string,
): DateColumn | undefined {
  const column = columns.find(({ name }) => name === dataset.date);
  if (column === undefined) return undefined;
  const kind = kindOf(column.type);
  if (kind === "date" || kind === "timestamp" || kind === "timestamptz" || kind === "text") {
    return { name: column.name, kind, timezone };
  }
  throw new UsageError(
    `dataset.date: ${column.name} is of type ${column.type}; DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed`,
    "source.query in churn.yaml can cast it",
  );
}

/**
 * How each column of the source becomes canonical.
 *
 * @param fits  column: whether its wide integers all fit into 64 bits; one that isn't named is taken to fit
 * @throws {UsageError} when dataset.types asks for what a type can't become, or the id is of a type that is no id
 */
export function canonicalColumns(
  columns: readonly TypedColumn[],
  dataset: Dataset,
  fits: Readonly<Record<string, boolean>> = {},
): CanonicalColumn[] {
  return columns.map((column) => {
    const canonical = canonicalColumn(column, own(dataset.types, column.name), own(fits, column.name) ?? true);
    return column.name === dataset.id ? idColumn(canonical, column.type) : canonical;
  });
}

/** Text without the padding of CHAR columns; integers and UUIDs as they are. */
function idColumn(column: CanonicalColumn, sourceType: string): CanonicalColumn {
  const kind = kindOf(sourceType);
  if (kind === "wide" && column.type === "DOUBLE") {
    throw new UsageError(
      `dataset.id: ${column.name} has numbers beyond 64 bits`,
      `dataset: { types: { ${column.name}: categorical } } reads them as text`,
    );
  }
  if (!["integer", "wide", "text", "uuid"].includes(kind) || !["BIGINT", "VARCHAR"].includes(column.type)) {
    throw new UsageError(`dataset.id: ${column.name} is of type ${sourceType}; an id is an integer, text or a UUID`);
  }
  return column.type === "VARCHAR" ? { ...column, expression: `rtrim(${column.expression})` } : column;
}
