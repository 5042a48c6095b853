import * as z from "zod";
import { answerQuestions, type Question } from "../duckdb/aggregates.ts";
import type { Database } from "../duckdb/database.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import type { Distinct } from "../duckdb/distinct.ts";
import { identifier } from "../duckdb/sql.ts";
import { familyOf, ownForm } from "./canonical.ts";
import { isWholeAsFloat } from "./spelling.ts";

/** Rows above which a column that numbers them is an index, and texts above which they may be unique. */
export const MANY = 100;

/** What the date's rows say of a column. */
export interface ColumnFacts {
  /** whether there is any, in the column's own canonical type */
  readonly hasValues: boolean;
  /** wide integers: whether all fit into 64 bits */
  readonly fits: boolean;
  /** numbers: whether each is the same as a BIGINT and as a DOUBLE; times: whether each is a midnight, the same as a DATE */
  readonly exact: boolean;
  /** numbers: whether each is 0 or 1, the same as a BOOLEAN */
  readonly binary: boolean;
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
  const asked = columns.map((column, index) => ({
    value: measuredValue(column),
    questions: (value: string) =>
      measuresOf(column, value).map(({ name, ...measure }) => ({ ...measure, name: `${name}_${index}` })),
  }));
  const found = await answerQuestions(db, table, asked);
  const fact = (name: keyof ColumnFacts, index: number) => found[`${name}_${index}`] ?? false;
  return new Map(
    columns.map(({ name, type }, index) => [
      name,
      {
        hasValues: fact("hasValues", index),
        fits: familyOf(type) === "wide" ? fact("fits", index) : true,
        exact: fact("exact", index),
        binary: fact("binary", index),
        spansRows: fact("spansRows", index),
      },
    ]),
  );
}

/** What is measured of a column, as SQL. */
function measuredValue({ name, type }: TypedColumn): string {
  // Of integers that may not fit there are two readings.
  return familyOf(type) === "wide" ? identifier(name) : ownForm({ name, type, fits: false }).expression;
}

interface Measure extends Question {
  readonly name: keyof ColumnFacts;
}

/** The facts that can be true of a column of such a type, as aggregates over its values. */
function measuresOf({ type }: TypedColumn, value: string): Measure[] {
  const hasValues = areThere(`count(${value}) > 0`);
  switch (familyOf(type)) {
    case "integer":
      return [hasValues, ...measuresOfIntegers(value)];
    case "wide": {
      // By way of text: TRY_CAST of a BIGNUM fails.
      const integer = `TRY_CAST(CAST(${value} AS VARCHAR) AS BIGINT)`;
      return [
        areThere(`count(${ownForm({ name: value, type, fits: false }).expression}) > 0`),
        forAll("fits", `count(${value}) = count(${integer})`),
        ...measuresOfIntegers(integer),
      ];
    }
    case "float":
      return [
        hasValues,
        forAll("exact", `bool_and(${value} = trunc(${value}) AND ${isExact(value)})`),
        forAll("binary", areBinary(value)),
      ];
    case "timestamp":
    case "timestamptz":
      return [hasValues, forAll("exact", `bool_and(${value} = date_trunc('day', ${value}))`)];
    default:
      return [hasValues];
  }
}

function measuresOfIntegers(integer: string): Measure[] {
  const [least, greatest] = [`min(${integer})`, `max(${integer})`];
  return [
    forAll("exact", `bool_and(${isExact(integer)})`),
    forAll("binary", areBinary(integer)),
    {
      name: "spansRows",
      sql: `count(${integer}) = count(*) AND ${least} IN (0, 1) AND ${greatest}::DOUBLE = ${least}::DOUBLE + count(*) - 1`,
    },
  ];
}

function areThere(sql: string): Measure {
  return { name: "hasValues", sql, final: true };
}

/** What one row can contradict. */
function forAll(name: keyof ColumnFacts, sql: string): Measure {
  return { name, sql, final: false };
}

function areBinary(number: string): string {
  return `bool_and(${number} IN (0, 1))`;
}

function isExact(number: string): string {
  return `${number} BETWEEN -${EXACT_MAX} AND ${EXACT_MAX}`;
}

/** Whether each text of a column, of which there are some, is a whole number as floats are written: 1.0 */
export async function areWholeFloats(db: Database, table: string, name: string): Promise<boolean> {
  const questions = (value: string) => [{ name: "floats", sql: `bool_and(${isWholeAsFloat(value)})`, final: false }];
  const { floats } = await answerQuestions(db, table, [{ value: identifier(name), questions }]);
  return floats ?? false;
}

/** Counts the different values of some columns, in their own canonical types. It takes a while: ask for those that need it. */
export async function countEach(
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

/**
 * Columns that are the same in every row, and those that have no value.
 *
 * @param columns  `expression` over the table's row, or over the column as `from` has it, as SQL
 */
export async function measureConstants(
  db: Database,
  table: string,
  columns: readonly { readonly name: string; readonly expression: string; readonly from?: string }[],
): Promise<ReadonlyMap<string, "constant" | "no values">> {
  const asked = columns.map(({ name, expression, from }, index) => ({
    value: expression,
    ...(from === undefined ? {} : { over: { name, sql: from } }),
    questions: (value: string) => [
      { name: `empty_${index}`, sql: `count(${value}) = 0`, final: false },
      {
        name: `constant_${index}`,
        sql: `count(${value}) = count(*) AND min(${value}) = max(${value})`,
        final: false,
      },
    ],
  }));
  const found = await answerQuestions(db, table, asked);
  const constants = new Map<string, "constant" | "no values">();
  for (const [index, { name }] of columns.entries()) {
    if (found[`empty_${index}`]) constants.set(name, "no values");
    else if (found[`constant_${index}`]) constants.set(name, "constant");
  }
  return constants;
}
