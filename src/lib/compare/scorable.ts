import { whole } from "../cli/numbers.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { InputError } from "../errors.ts";
import type { Booster } from "../model/booster.ts";
import type { Preprocessing } from "../prepare/preprocessing.ts";

/**
 * What the model folder of an older model may ask for. A model of churn's own stays far below; a folder that somebody else
 * wrote could keep DuckDB busy for a night with less than a kilobyte.
 */
const MOST = {
  features: 10_000,
  columns: 10_000,
  derived: 500,
  expressionLetters: 20_000,
  letters: 200_000,
  categories: 100_000,
} as const;

/**
 * Refuses a recipe that can't be followed, before anything of it reaches DuckDB.
 *
 * @param where  whose it is, for messages: "version 3"
 * @throws {InputError} when it is larger than any that churn writes, has a U+0000 in it, or makes categories of a column that it
 * doesn't know
 */
export function requireFollowable(
  { booster, recipe }: { readonly booster: Pick<Booster, "featureNames">; readonly recipe: Preprocessing },
  where: string,
): void {
  const refuse = (what: string): never => {
    throw new InputError(`preprocessing.json of ${where} ${what}`);
  };
  const expressions = [...Object.values(recipe.fill), ...recipe.derive.map(({ expression }) => expression)];
  const letters = expressions.reduce((sum, text) => sum + text.length, 0);
  const longest = Math.max(0, ...expressions.map((text) => text.length));
  const categories = recipe.one_hot.reduce((sum, entry) => sum + entry.categories.length, 0);
  const most = (count: number, limit: number, of: string) => {
    if (count > limit) refuse(`has ${whole(count)} ${of}, and at most ${whole(limit)} are followed`);
  };
  if (booster.featureNames.length > MOST.features) {
    throw new InputError(`model.json of ${where} has more than ${whole(MOST.features)} features`);
  }
  most(recipe.columns.length, MOST.columns, "columns");
  most(recipe.derive.length, MOST.derived, "derived columns");
  most(categories, MOST.categories, "categories");
  most(longest, MOST.expressionLetters, "letters in one expression");
  most(letters, MOST.letters, "letters in its expressions");
  // No text of SQL has one.
  if (hasNul(recipe)) refuse("has a U+0000 in it");
  if (hasNul(booster.featureNames)) throw new InputError(`model.json of ${where} has a U+0000 in a feature's name`);

  const known = new Set([...recipe.columns, ...recipe.derive].map(({ name }) => name));
  const unknown = recipe.one_hot.find(({ column }) => !known.has(column));
  if (unknown !== undefined) refuse(`makes categories of a column ${unknown.column}, which it doesn't have`);
}

/** Numbers, and what counts as one: nothing else can be a feature. */
const NUMERIC = /^(?:BOOLEAN|FLOAT|DOUBLE|U?(?:TINY|SMALL|BIG|HUGE)?INT|U?INTEGER|DECIMAL\(.*\))$/;

/**
 * Refuses features that are no numbers: a model file can name any column.
 *
 * @param columns  of the prepared customers
 * @throws {InputError} naming the first one
 */
export function requireNumbers(columns: readonly TypedColumn[], features: readonly string[], where: string): void {
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const wrong = features.find((name) => !NUMERIC.test(types.get(name) ?? ""));
  if (wrong === undefined) return;
  throw new InputError(`${where} has the feature ${wrong}, which is ${types.get(wrong) ?? "nothing"} and no number`);
}

function hasNul(value: unknown): boolean {
  if (typeof value === "string") return value.includes("\0");
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key.includes("\0") || hasNul(inner));
}
