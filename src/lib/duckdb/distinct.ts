import * as z from "zod";
import type { Database } from "./database.ts";
import { identifier } from "./sql.ts";

/** How often a column has values, and how many different ones. */
export interface Distinct {
  readonly values: number;
  readonly distinct: number;
}

/** The same of a column whose rows come in an order of their own, and whether no value is below one before it; nulls may lie anywhere. */
export interface OrderedDistinct extends Distinct {
  readonly inOrder: boolean;
}

/** Rows that tell whether it is worth looking at all of them. */
const FIRST_ROWS = 2048;

/**
 * Counts the different values of a column. Where they lie in order that takes no memory: a hash table of a hundred million ids
 * takes gigabytes.
 *
 * @param query  a SELECT
 */
export async function countDistinct(db: Database, query: string, column: string): Promise<OrderedDistinct> {
  const name = identifier(column);
  if ((await countInOrder(db, `${query} LIMIT ${FIRST_ROWS}`, name)) !== undefined) {
    const found = await countInOrder(db, query, name);
    if (found !== undefined) return { ...found, inOrder: true };
  }
  const [counted] = await db.rows(
    `SELECT count(${name}) AS "values", count(DISTINCT ${name}) AS "distinct" FROM (${query})`,
    z.object({ values: z.int(), distinct: z.int() }),
  );
  return { values: 0, distinct: 0, ...counted, inOrder: false };
}

/** @returns undefined where a value is below one before it */
async function countInOrder(db: Database, query: string, name: string): Promise<Distinct | undefined> {
  const pairs = `(SELECT ${name} AS value, lag(${name}) OVER () AS previous FROM (${query}) WHERE ${name} IS NOT NULL)`;
  const [found] = await db.rows(
    `SELECT count(*) AS "values", count(*) FILTER (WHERE value <= previous) AS "others" FROM ${pairs}`,
    z.object({ values: z.int(), others: z.int() }),
  );
  const { values = 0, others = 0 } = found ?? {};
  if (others === 0) return { values, distinct: values };
  const [told] = await db.rows(
    `SELECT count(*) FILTER (WHERE value < previous) AS below FROM ${pairs}`,
    z.object({ below: z.int() }),
  );
  return told?.below === 0 ? { values, distinct: values - others } : undefined;
}
