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
  const isWorthIt = (await countInOrder(db, `${query} LIMIT ${FIRST_ROWS}`, name)).inOrder;
  const found = isWorthIt ? await countInOrder(db, query, name) : undefined;
  if (found?.inOrder === true) return found;
  const [counted] = await db.rows(
    `SELECT count(${name}) AS "values", count(DISTINCT ${name}) AS "distinct" FROM (${query})`,
    z.object({ values: z.int(), distinct: z.int() }),
  );
  return { values: 0, distinct: 0, ...counted, inOrder: false };
}

/** The number of different values counts for nothing where they aren't in order. */
async function countInOrder(db: Database, query: string, name: string): Promise<OrderedDistinct> {
  const [found] = await db.rows(
    `SELECT count(*) AS "values", count(*) FILTER (WHERE previous IS NULL OR value > previous) AS "distinct",
       count(*) FILTER (WHERE value < previous) = 0 AS "inOrder"
     FROM (SELECT ${name} AS value, lag(${name}) OVER () AS previous FROM (${query}) WHERE ${name} IS NOT NULL)`,
    z.object({ values: z.int(), distinct: z.int(), inOrder: z.boolean() }),
  );
  return found ?? { values: 0, distinct: 0, inOrder: true };
}
