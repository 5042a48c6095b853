import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { Preprocessing } from "./preprocessing.ts";

export type OneHot = Preprocessing["one_hot"][number];

/** A column's name for one of its categories, as pandas.get_dummies makes it; XGBoost takes no [ ] < in names. */
export function oneHotName(column: string, value: string): string {
  return `${column}_${value}`.replaceAll(/[[\]<]/g, "_");
}

/** Whether a name could be that of one of the column's categories. */
export function isOneHotName(name: string, column: string): boolean {
  return name.startsWith(oneHotName(column, ""));
}

export interface FittedColumn {
  readonly oneHot: OneHot;
  /** categories that there are on the train side, with a column of their own or not */
  readonly distinct: number;
  /** all values of both sides, those of the one-hot columns first and in their order; undefined where they are too many for a byte */
  readonly values: readonly string[] | undefined;
}

/** Usable customers: SQL of a relation, and of which of its rows are train customers. */
export interface FittingRows {
  readonly relation: string;
  readonly isTrain: string;
}

/** Codes that DuckDB's ENUM has in one byte. */
const CODES = 255;

/**
 * The categories of one column of the train side, sorted by value. Where there are more than `max`, the most frequent ones (of
 * equally frequent ones the first by value) keep a column, and the rest share COLUMN_other.
 */
export async function fitCategories(
  db: Database,
  { relation, isTrain }: FittingRows,
  column: string,
  max: number,
): Promise<FittedColumn> {
  const name = identifier(column);
  const rows = await db.rows(
    `SELECT value, rows > 0 AND place <= ${max} AS kept, "distinct", whole FROM (
       SELECT *, row_number() OVER (ORDER BY rows DESC, value) AS place,
         count(*) FILTER (WHERE rows > 0) OVER () AS "distinct", count(*) OVER () <= ${CODES} AS whole
       FROM (
         SELECT ${name} AS value, count(*) FILTER (WHERE ${isTrain}) AS rows
         FROM ${relation} WHERE ${name} IS NOT NULL GROUP BY ${name}
       )
     ) WHERE whole OR (rows > 0 AND place <= ${max}) ORDER BY value`,
    z.object({ value: z.string(), kept: z.boolean(), distinct: z.int(), whole: z.boolean() }),
  );
  const distinct = rows[0]?.distinct ?? 0;
  const kept = rows.filter((row) => row.kept);
  const values = [...kept, ...rows.filter((row) => !row.kept)].map(({ value }) => value);
  return {
    oneHot: {
      column,
      categories: kept.map(({ value }) => ({ value, name: oneHotName(column, value) })),
      other: distinct > max ? oneHotName(column, "other") : null,
    },
    distinct,
    values: rows[0]?.whole === true ? values : undefined,
  };
}

/** An output column and what it is made of, for a message. */
interface Named {
  readonly name: string;
  readonly origin: string;
  readonly column: string;
}

/**
 * @param columns  raw and derived columns
 * @throws {UsageError} naming both, when two columns would have one name. DuckDB doesn't tell names apart by case.
 */
export function refuseClashes(columns: readonly string[], oneHot: readonly OneHot[]): void {
  const seen = new Map<string, Named>();
  const add = (named: Named) => {
    const before = seen.get(folded(named.name));
    if (before !== undefined) {
      const same =
        before.name === named.name ? named.name : `${before.name} and ${named.name}, which differ in case alone`;
      throw new UsageError(
        `transform: ${before.origin} and ${named.origin} would both be the column ${same}`,
        `dataset: { types: { ${named.column}: ignore } } and a derived column of its own, such as lower(${named.column})`,
      );
    }
    seen.set(folded(named.name), named);
  };
  for (const name of columns) add({ name, origin: `the column ${name}`, column: name });
  for (const { column, categories, other } of oneHot) {
    for (const { value, name } of categories) add({ name, origin: `${column} ${JSON.stringify(value)}`, column });
    if (other !== null) add({ name: other, origin: `the rarer categories of ${column}`, column });
  }
}

/** DuckDB tells Å and å apart, A and a not. */
function folded(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/**
 * A relation's one-hot columns as SQL. A null category is all zeros; one that the train side didn't have too, or `other` where
 * the train side made it.
 *
 * Each value is looked up once, as the code of an ENUM; a column of thousands of categories costs one comparison of small
 * integers a category, not one of texts.
 *
 * @param coded  columns that are ENUMs already, whose first values are the categories
 */
export function encodeSql(
  oneHot: readonly OneHot[],
  coded: ReadonlyMap<string, unknown> = new Map(),
): {
  readonly codes: readonly string[];
  readonly columns: readonly { readonly name: string; readonly sql: string }[];
} {
  const codes: string[] = [];
  const columns: { name: string; sql: string }[] = [];
  for (const [index, { column, categories, other }] of oneHot.entries()) {
    if (categories.length === 0) continue;
    const code = identifier(`__churn_code_${index}`);
    const name = identifier(column);
    codes.push(
      coded.has(column)
        ? `CASE WHEN enum_code(${name}) < ${categories.length} THEN enum_code(${name}) END AS ${code}`
        : `enum_code(TRY_CAST(CAST(${name} AS VARCHAR) AS ${enumOf(categories.map(({ value }) => value))})) AS ${code}`,
    );
    for (const [position, category] of categories.entries()) {
      columns.push({ name: category.name, sql: `CAST(${code} IS NOT DISTINCT FROM ${position} AS UTINYINT)` });
    }
    if (other !== null) {
      columns.push({ name: other, sql: `CAST(${code} IS NULL AND ${name} IS NOT NULL AS UTINYINT)` });
    }
  }
  return { codes, columns };
}

/** The type of some values, each by its code. */
export function enumOf(values: readonly string[]): string {
  return `ENUM(${values.map(literal).join(", ")})`;
}
