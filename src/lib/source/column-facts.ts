import * as z from "zod";
import { aggregate } from "../duckdb/aggregates.ts";
import type { Database } from "../duckdb/database.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { identifier } from "../duckdb/sql.ts";
import { familyOf, ownForm } from "./canonical.ts";

/** Rows above which a column that numbers them is an index, and texts above which they may be unique. */
export const MANY = 100;

/** What the date's rows say of a column. */
export interface ColumnFacts {
  /** whether there is any, in the column's own canonical type */
  readonly hasValues: boolean;
  /** wide integers: whether all fit into 64 bits */
  readonly fits: boolean;
  /** numbers: whether each is the same as a BIGINT and as a DOUBLE */
  readonly exact: boolean;
  /** whether there are no nulls, and the least and the greatest integer are those of the rows' numbers from 0 or from 1 */
  readonly spansRows: boolean;
}

/** A double has all integers up to here. */
const EXACT_MAX = 2 ** 53;

/** Measures the columns of a table. */
export async function measureColumns(
  db: Database,
  table: string,
  columns: readonly TypedColumn[],
): Promise<ReadonlyMap<string, ColumnFacts>> {
  const measures = columns.flatMap((column, index) =>
    measuresOf(column).map(([fact, sql]) => [`${fact}_${index}`, sql] as const),
  );
  const found = await aggregate(db, table, measures, z.boolean().nullable());
  const fact = (name: keyof ColumnFacts, index: number) => found[`${name}_${index}`] ?? false;
  return new Map(
    columns.map(({ name, type }, index) => [
      name,
      {
        hasValues: fact("hasValues", index),
        fits: familyOf(type) === "wide" ? fact("fits", index) : true,
        exact: fact("exact", index),
        spansRows: fact("spansRows", index),
      },
    ]),
  );
}

/** The facts that can be true of a column of such a type, as aggregates. */
function measuresOf({ name, type }: TypedColumn): [fact: keyof ColumnFacts, sql: string][] {
  const column = identifier(name);
  const { expression } = ownForm({ name, type, fits: false });
  const hasValues: [keyof ColumnFacts, string] = ["hasValues", `count(${expression}) > 0`];
  switch (familyOf(type)) {
    case "integer":
      return [hasValues, ...measuresOfIntegers(`CAST(${column} AS BIGINT)`)];
    case "wide": {
      // By way of text: TRY_CAST of a BIGNUM fails.
      const integer = `TRY_CAST(CAST(${column} AS VARCHAR) AS BIGINT)`;
      return [hasValues, ["fits", `count(${column}) = count(${integer})`], ...measuresOfIntegers(integer)];
    }
    case "float":
      return [hasValues, ["exact", `bool_and(${expression} = trunc(${expression}) AND ${isExact(expression)})`]];
    default:
      return [hasValues];
  }
}

function measuresOfIntegers(integer: string): [fact: keyof ColumnFacts, sql: string][] {
  const [least, greatest] = [`min(${integer})`, `max(${integer})`];
  return [
    ["exact", `bool_and(${isExact(integer)})`],
    [
      "spansRows",
      `count(${integer}) = count(*) AND ${least} IN (0, 1) AND ${greatest}::DOUBLE = ${least}::DOUBLE + count(*) - 1`,
    ],
  ];
}

function isExact(number: string): string {
  return `${number} BETWEEN -${EXACT_MAX} AND ${EXACT_MAX}`;
}

/** How often a column has values, and how many different ones. */
export interface Distinct {
  readonly values: number;
  readonly distinct: number;
}

/** Counts the different values of some columns, in their own canonical types. It takes a while: ask for those that need it. */
export async function countDistinct(
  db: Database,
  table: string,
  columns: readonly TypedColumn[],
): Promise<ReadonlyMap<string, Distinct>> {
  const counted = new Map<string, Distinct>();
  for (const { name, type } of columns) {
    const { expression } = ownForm({ name, type, fits: false });
    const [found] = await db.rows(
      `SELECT count(${expression}) AS values, count(DISTINCT ${expression}) AS "distinct" FROM ${table}`,
      z.object({ values: z.int(), distinct: z.int() }),
    );
    if (found !== undefined) counted.set(name, found);
  }
  return counted;
}

/** Columns that are the same in every row, and those that have no value, of a SELECT's columns in one scan. */
export async function measureConstants(
  db: Database,
  relation: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, "constant" | "no values">> {
  if (names.length === 0) return new Map();
  const measures = names.flatMap((name, index) => {
    const column = identifier(name);
    return [
      `count(${column}) = 0 AS empty_${index}`,
      `count(${column}) = count(*) AND min(${column}) = max(${column}) AS constant_${index}`,
    ];
  });
  const [found = {}] = await db.rows(
    `SELECT ${measures.join(", ")} FROM ${relation}`,
    z.record(z.string(), z.boolean().nullable()),
  );
  const constants = new Map<string, "constant" | "no values">();
  for (const [index, name] of names.entries()) {
    if (found[`empty_${index}`]) constants.set(name, "no values");
    else if (found[`constant_${index}`]) constants.set(name, "constant");
  }
  return constants;
}
