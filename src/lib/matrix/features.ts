import * as z from "zod";
import { closest, suggestion } from "../cli/suggestions.ts";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import { encodeSql } from "../prepare/encode.ts";
import { labelCondition } from "../prepare/label.ts";
import { oneHotColumnOf } from "../prepare/prepare.ts";
import type { ColumnRole, Preprocessing } from "../prepare/preprocessing.ts";
import type { ColumnKind, UnusedReason } from "../source/kinds.ts";

/** The model's columns in order. */
export interface ChosenFeatures {
  readonly features: readonly string[];
  /** those of them that no train customer has: columns of zeros */
  readonly absent: readonly string[];
  readonly warnings: readonly string[];
}

/** XGBoost refuses names with these. */
const UNNAMEABLE = /[[\]<]/;

const REASONS: Partial<Record<ColumnRole, string>> = {
  id: "the id says nothing about other customers",
  target: "it is what is predicted",
  date: "a date is no number; a derived column can make one of it, such as date_diff('month', signup_date, snapshot_date)",
  categorical: "it is a category; its one-hot columns can be features",
  ignored: "it is ignored, unique text, or of a type that is no feature",
};

/** What a reason means for who wants the column, and what to do about it. */
const IGNORED: Partial<Record<UnusedReason, { readonly reason: string; readonly kind: ColumnKind }>> = {
  index: { reason: "it numbers the rows, or pandas has written it as an index", kind: "numeric" },
  "unique text": { reason: "its texts are unique, or nearly so", kind: "categorical" },
};

/**
 * The columns that churn.yaml names, in its order, or all that can be: every numeric, boolean, derived and one-hot column in
 * the files' order, but for those that are the same in every row.
 *
 * @throws {UsageError} when a column can't be a feature or can't exist
 */
export function chooseFeatures(recipe: Preprocessing, wanted: Config["features"]): ChosenFeatures {
  const roles = new Map([...recipe.columns, ...recipe.derive].map(({ name, role }) => [name, role]));
  const oneHot = encodeSql(recipe.one_hot).columns.map(({ name }) => name);
  const usable = [
    ...[...roles].filter(([, role]) => role === "numeric" || role === "boolean").map(([name]) => name),
    ...oneHot,
  ];
  if (wanted === "all") return chooseAll(usable, unusedNames(recipe));

  const absent: string[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  for (const name of wanted) {
    if (seen.has(name))
      throw new UsageError(`features: ${name} is listed twice`, "take one of the two out of features in churn.yaml");
    seen.add(name);
    if (UNNAMEABLE.test(name) && usable.includes(name)) throw new UsageError(`features: ${unnameable(name)}`, RENAME);
    if (usable.includes(name)) continue;
    const role = roles.get(name);
    if (role !== undefined) throw notAFeature(name, role, recipe);
    const known = oneHotColumnOf(name, recipe.one_hot);
    if (known === undefined) throw noColumn(name, usable, recipe);
    absent.push(name);
    const meant = closest(
      name,
      usable.filter((column) => !wanted.includes(column)),
    );
    warnings.push(
      `${name} is a column of zeros: no train customer has that ${known.column}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    );
  }
  return { features: wanted, absent, warnings };
}

function notAFeature(name: string, role: ColumnRole, { columns }: Preprocessing): UsageError {
  const unused = columns.find((column) => column.name === name)?.unused;
  const ignored = role === "ignored" && unused ? IGNORED[unused] : undefined;
  return new UsageError(
    `features: ${name} can't be a feature: ${ignored?.reason ?? REASONS[role] ?? role}`,
    ignored === undefined
      ? "take it out of features in churn.yaml"
      : `dataset: { types: { ${name}: ${ignored.kind} } } in churn.yaml makes it one`,
  );
}

function noColumn(name: string, usable: readonly string[], { columns }: Preprocessing): UsageError {
  const ignored = columns.find((column) => column.unused === "unique text" && name.startsWith(`${column.name}_`));
  if (ignored === undefined) {
    return new UsageError(`features: there is no column ${name}`, suggestion(name, usable));
  }
  return new UsageError(
    `features: there is no column ${name}: ${ignored.name} has no categories, since its texts are unique, or nearly so`,
    `dataset: { types: { ${ignored.name}: categorical } } in churn.yaml makes them categories`,
  );
}

/** Columns that could be features and are the same in every row, with the one-hot columns of theirs. */
function unusedNames({ columns, one_hot }: Preprocessing): ReadonlySet<string> {
  const names = new Set(columns.filter(({ unused }) => unused !== null).map(({ name }) => name));
  const encoded = encodeSql(one_hot.filter(({ column }) => names.has(column))).columns;
  return new Set([...names, ...encoded.map(({ name }) => name)]);
}

function chooseAll(all: readonly string[], unused: ReadonlySet<string>): ChosenFeatures {
  const usable = all.filter((name) => !unused.has(name));
  const features = usable.filter((name) => !UNNAMEABLE.test(name));
  if (features.length === 0) {
    throw new UsageError(
      "features: the customers have no column that can be a feature",
      "numbers, booleans and text can be; dataset.types in churn.yaml says what a column is",
    );
  }
  const warnings = usable.filter((name) => UNNAMEABLE.test(name)).map((name) => `${unnameable(name)}; it is left out`);
  return { features, absent: [], warnings };
}

const RENAME = "a derived column can carry it under another name";

function unnameable(name: string): string {
  return `${name} can't be a feature's name: XGBoost takes no [, ] or <`;
}

/** Largest finite float32. */
const FLOAT32_MAX = 3.4028234663852886e38;

/**
 * A number beyond float32 would become infinite in the matrix, which no engine takes.
 *
 * @throws {UsageError} naming the column and its largest value
 */
export async function requireFloat32(
  db: Database,
  path: string,
  { columns, derive }: Preprocessing,
  { features }: ChosenFeatures,
): Promise<void> {
  const numbers = new Set([...columns, ...derive].filter(({ role }) => role === "numeric").map(({ name }) => name));
  const beyond = await firstBeyond(
    db,
    parquetFile(path),
    features.filter((name) => numbers.has(name)),
  );
  if (beyond === undefined) return;
  const { name, value } = beyond;
  throw new UsageError(
    `features: ${name} has ${value.toExponential(2)}, which is beyond float32`,
    `a derived column, such as ln(${name})`,
  );
}

/** The first of some columns of numbers that has one beyond `most` (by default what float32 holds), with its largest value; undefined where none has. */
export async function firstBeyond(
  db: Database,
  relation: string,
  names: readonly string[],
  most = FLOAT32_MAX,
): Promise<{ readonly name: string; readonly value: number } | undefined> {
  if (names.length === 0) return undefined;
  // As they are, they stand in Parquet's statistics: nothing is read.
  const measures = names.flatMap((name, index) =>
    ["min", "max"].map((edge) => `CAST(${edge}(${identifier(name)}) AS DOUBLE) AS ${edge}${index}`),
  );
  const [edges = {}] = await db.rows(
    `SELECT ${measures.join(", ")} FROM ${relation}`,
    z.record(z.string(), z.number().nullable()),
  );
  const largest = (index: number) => Math.max(...["min", "max"].map((edge) => Math.abs(edges[`${edge}${index}`] ?? 0)));
  const found = names.map((name, index) => ({ name, value: largest(index) }));
  return found.find(({ value }) => value > most);
}

/** A side's matrix as a query: the id, the features as FLOAT, the label as UTINYINT, in the file's order. */
export function matrixQuery(path: string, recipe: Preprocessing, { features, absent }: ChosenFeatures): string {
  const { id, target } = recipe.dataset;
  const type = recipe.columns.find(({ name }) => name === target.column)?.type ?? "VARCHAR";
  const columns = features.map((name) => {
    const value = absent.includes(name) ? "0" : identifier(name);
    return `CAST(${value} AS FLOAT) AS ${identifier(name)}`;
  });
  const label = `CAST(${labelCondition(target, type)} AS UTINYINT) AS ${identifier(target.column)}`;
  return `SELECT ${[identifier(id), ...columns, label].join(", ")} FROM ${parquetFile(path)}`;
}

/** SHA-256 over the features' names in order: two matrices with one digest have the same columns. */
export function schemaDigest(features: readonly string[]): string {
  return sha256(JSON.stringify(features));
}
