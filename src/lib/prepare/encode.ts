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

export interface FittedColumn extends OneHot {
  /** categories that there are, with a column of their own or not */
  readonly distinct: number;
}

/**
 * The categories of one column of the train side, sorted by value. Where there are more than `max`, the most frequent ones (of
 * equally frequent ones the first by value) keep a column, and the rest share COLUMN_other.
 */
export async function fitCategories(db: Database, train: string, column: string, max: number): Promise<FittedColumn> {
  const name = identifier(column);
  const rows = await db.rows(
    `SELECT * FROM (
       SELECT ${name} AS value, row_number() OVER (ORDER BY count(*) DESC, ${name}) AS rank, count(*) OVER () AS "distinct"
       FROM ${train} WHERE ${name} IS NOT NULL GROUP BY ${name}
     ) WHERE rank <= ${max} ORDER BY value`,
    z.object({ value: z.string(), distinct: z.int() }),
  );
  const distinct = rows[0]?.distinct ?? 0;
  return {
    column,
    categories: rows.map(({ value }) => ({ value, name: oneHotName(column, value) })),
    other: distinct > max ? oneHotName(column, "other") : null,
    distinct,
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
 */
export function encodeSql(oneHot: readonly OneHot[]): {
  readonly codes: readonly string[];
  readonly columns: readonly { readonly name: string; readonly sql: string }[];
} {
  const codes: string[] = [];
  const columns: { name: string; sql: string }[] = [];
  for (const [index, { column, categories, other }] of oneHot.entries()) {
    if (categories.length === 0) continue;
    const code = identifier(`__churn_code_${index}`);
    const values = categories.map(({ value }) => literal(value)).join(", ");
    codes.push(`enum_code(TRY_CAST(CAST(${identifier(column)} AS VARCHAR) AS ENUM(${values}))) AS ${code}`);
    for (const [position, { name }] of categories.entries()) {
      columns.push({ name, sql: `CAST(${code} IS NOT DISTINCT FROM ${position} AS UTINYINT)` });
    }
    if (other !== null) {
      columns.push({ name: other, sql: `CAST(${code} IS NULL AND ${identifier(column)} IS NOT NULL AS UTINYINT)` });
    }
  }
  return { codes, columns };
}
