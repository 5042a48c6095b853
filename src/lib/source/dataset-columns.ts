import { suggestion } from "../cli/suggestions.ts";
import { own } from "../config/own.ts";
import type { Config } from "../config/schema.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { UsageError } from "../errors.ts";
import { type Form, familyOf, formOfKind } from "./canonical.ts";
import type { DecidedColumn } from "./kinds.ts";
import type { DateColumn } from "./source.ts";
import { spelledText, unpaddedText } from "./spelling.ts";

type Dataset = Config["dataset"];

/**
 * What files without types must not guess at: the id 00123 would become 123, the label Yes a boolean, and a plan that an
 * earlier night called a category would lose its zeros on the first day that has digits alone.
 *
 * @param earlier  columns as the newest decided earlier night has them
 */
export function textColumns(dataset: Dataset, earlier: readonly DecidedColumn[] = []): string[] {
  const { id, target, types } = dataset;
  const isWord = typeof target.positive === "string" && !/^(true|false)$/i.test(target.positive);
  const text = earlier.filter(({ name, kind, unused }) => {
    const decided = own(types, name) === undefined && roleOf(name, dataset) === undefined;
    return decided && (kind === "categorical" || unused === "unique text");
  });
  const categorical = Object.keys(types).filter((name) => types[name] === "categorical");
  return [...new Set([id, ...(isWord ? [target.column] : []), ...categorical, ...text.map(({ name }) => name)])];
}

/** How columns and tables are called that churn's own queries make beside the customers' columns. */
export const RESERVED = "__churn_";

/** What stands in churn.yaml where a person has to decide: no column is called so, and the next command says that. */
export const UNDECIDED = "CHANGE";

/** Names that DuckDB wouldn't tell from one of churn's own. */
export function isReserved(name: string): boolean {
  return name.toLowerCase().startsWith(RESERVED);
}

/**
 * The columns that leave the source: all but the excluded ones, in the source's order.
 *
 * @param place  what has the columns, for messages: "table customers in customers.duckdb"
 * @throws {UsageError} when a column that `dataset` names isn't there, or is excluded though it is needed, a name is churn's own, or two are the
 *   same to DuckDB
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
    if (names.includes(name)) continue;
    const asked = name === UNDECIDED ? [`${key} in churn.yaml is still the question that churn init asked`] : [];
    throw new UsageError(`${key}: ${place} has no column ${name}`, [...asked, suggestion(name, names)]);
  }
  for (const name of names) {
    if (dataset.exclude.includes(name) || !isReserved(name)) continue;
    throw new UsageError(
      `${place} has a column ${name}; names that begin with ${RESERVED} are churn's own`,
      "dataset.exclude in churn.yaml leaves it in the source, and source.query can give it another name",
    );
  }
  for (const [key, name] of required) {
    if (dataset.exclude.includes(name)) {
      throw new UsageError(
        `dataset.exclude: ${name} can't be excluded, it is ${key}`,
        "take it out of that list in churn.yaml",
      );
    }
  }
  const chosen = columns.filter(({ name }) => !dataset.exclude.includes(name));
  requireApart(
    chosen.map(({ name }) => name),
    place,
  );
  return chosen;
}

/** DuckDB takes Name and name for one column, and so would read one of them twice; servers tell them apart. */
function requireApart(names: readonly string[], place: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    // Of other letters than A to Z it tells both cases apart.
    const known = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const same = seen.get(known);
    if (same !== undefined) {
      throw new UsageError(
        `${place} has two columns ${same} and ${name}, which differ in capitals alone`,
        "dataset.exclude in churn.yaml leaves one in the source, and source.query can give it another name",
      );
    }
    seen.set(known, name);
  }
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
  const kind = familyOf(column.type);
  if (kind === "date" || kind === "timestamp" || kind === "timestamptz" || kind === "text") {
    return { name: column.name, kind, timezone };
  }
  throw new UsageError(
    `dataset.date: ${column.name} is of type ${column.type}; DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed`,
    "source.query in churn.yaml can cast it",
  );
}

/** What dataset makes of a column, if it names it. */
export function roleOf(name: string, { id, target, date }: Dataset): "id" | "target" | "date" | undefined {
  if (name === id) return "id";
  if (name === target.column) return "target";
  return name === date ? "date" : undefined;
}

/**
 * Refuses what is known to be wrong before a row is read.
 *
 * @throws {UsageError} when dataset.types asks for what a type can't become, or the id is of a type that is no id
 */
export function requireReadable(columns: readonly TypedColumn[], { id, types }: Dataset): void {
  for (const { name, type } of columns) {
    const override = own(types, name);
    if (override !== undefined) formOfKind(override, { name, type, fits: true });
    // Whole numbers among floats are known once they are read.
    if (name === id && !["integer", "wide", "float", "text", "uuid"].includes(familyOf(type))) throw noId(name, type);
  }
}

/**
 * The id's form: text without the padding of CHAR columns; integers and UUIDs as they are.
 *
 * @param type    the source's
 * @param floats  whether it is text and all are whole floats: a null among pandas' ids has made 1.0 of 1, in CSV and JSON too
 * @throws {UsageError} when it is none of them
 */
export function idForm(name: string, type: string, form: Form, floats: boolean): Form {
  if (familyOf(type) === "wide" && form.type === "DOUBLE") {
    throw new UsageError(
      `dataset.id: ${name} has numbers beyond 64 bits`,
      `dataset: { types: { ${name}: categorical } } reads them as text`,
    );
  }
  if (form.type === "VARCHAR") {
    return { ...form, expression: floats ? spelledText(form.expression) : unpaddedText(form.expression) };
  }
  if (form.type !== "BIGINT") throw noId(name, type);
  return form;
}

function noId(name: string, type: string): UsageError {
  return new UsageError(
    `dataset.id: ${name} is of type ${type}; an id is an integer, text or a UUID`,
    "source.query in churn.yaml can cast it",
  );
}
