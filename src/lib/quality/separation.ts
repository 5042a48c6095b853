import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";

/** How well one thing that is known of the customers tells by itself who churned. */
export interface Separation {
  /** for people: a column, which of its categories, or that it is null */
  readonly subject: string;
  /** the larger of AUC and 1 - AUC, 0.5 to 1 */
  readonly auc: number;
}

interface Column {
  readonly name: string;
  /** canonical */
  readonly type: string;
}

/** Customers of a class below which chance alone may part the two. */
const FEWEST = 10;

/** Values that are looked at together: a query a column would take long for a thousand columns, all at once much memory. */
const VALUES_TOGETHER = 2_000_000;

/**
 * Of each column what separates the classes best: its values in their order (of numbers and booleans that are there), one of
 * its categories against all other customers, or that it is null. What fewer than ten customers of a class can be judged by is
 * left out.
 *
 * AUC is exact, ties count half: scikit-learn's roc_auc_score of the values, or of a 1 for the category and a 0 for all others.
 *
 * @param relation  customers as SQL
 * @param label     SQL of a boolean: who churned; customers for whom it is NULL are left out
 * @param columns   of numbers, booleans and text
 */
export async function separate(
  db: Database,
  relation: string,
  label: string,
  columns: readonly Column[],
): Promise<Separation[]> {
  const [counts] = await db.rows(
    `SELECT count(*) FILTER (WHERE y) AS churned, count(*) FILTER (WHERE NOT y) AS stayed FROM (SELECT ${label} AS y FROM ${relation})`,
    z.object({ churned: z.int(), stayed: z.int() }),
  );
  const { churned = 0, stayed = 0 } = counts ?? {};
  if (Math.min(churned, stayed) < FEWEST) return [];

  const together = Math.max(1, Math.floor(VALUES_TOGETHER / (churned + stayed)));
  const of = (isText: boolean) => columns.filter(({ type }) => (type === "VARCHAR") === isText);
  const separations: Separation[] = [];
  for (const batch of batches(of(false), together)) {
    separations.push(...(await separateNumbers(db, { relation, label, batch, churned, stayed })));
  }
  for (const batch of batches(of(true), together)) {
    separations.push(...(await separateCategories(db, { relation, label, batch, churned, stayed })));
  }
  return separations;
}

interface Batch {
  readonly relation: string;
  readonly label: string;
  readonly batch: readonly Column[];
  readonly churned: number;
  readonly stayed: number;
}

function batches<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** The columns of a batch one below the other: `c` is a column's place in it, `v` a value, `y` whether that customer churned. */
function unpivoted({ relation, label, batch }: Batch, type: "DOUBLE" | "VARCHAR"): string {
  const values = batch.map(({ name }) => `CAST(${identifier(name)} AS ${type})`).join(", ");
  // The customers' columns may have any names, these among them.
  return `(SELECT unnest(range(${batch.length})) AS c, unnest(__churn_values) AS v, __churn_label AS y
    FROM (SELECT ${label} AS __churn_label, [${values}] AS __churn_values FROM ${relation}) WHERE __churn_label IS NOT NULL)`;
}

/** Columns of numbers by the sum of ranks (Mann and Whitney), equal numbers sharing the mean of theirs. */
async function separateNumbers(db: Database, of: Batch): Promise<Separation[]> {
  const rows = await db.rows(
    `SELECT c, count(v) FILTER (WHERE y) AS churned, count(v) FILTER (WHERE NOT y) AS stayed,
       sum((first + last) / 2) FILTER (WHERE y AND v IS NOT NULL) AS ranks
     FROM (
       SELECT c, v, y, CAST(rank() OVER w AS DOUBLE) AS first,
         round(cume_dist() OVER w * count(*) OVER (PARTITION BY c)) AS last
       FROM ${unpivoted(of, "DOUBLE")} WINDOW w AS (PARTITION BY c ORDER BY v NULLS LAST)
     ) GROUP BY c ORDER BY c`,
    z.object({ c: z.int(), churned: z.int(), stayed: z.int(), ranks: z.number().nullable() }),
  );
  return rows.flatMap(({ c, churned, stayed, ranks }) => {
    const name = of.batch[c]?.name ?? "";
    const isNull = { subject: `${name} null`, auc: indicatorAuc(of, of.churned - churned, of.stayed - stayed) };
    if (Math.min(churned, stayed) < FEWEST) return isNull;
    const pairs = (ranks ?? 0) - (churned * (churned + 1)) / 2;
    const byValue = { subject: name, auc: eitherWay(pairs / (churned * stayed)) };
    return isNull.auc > byValue.auc ? isNull : byValue;
  });
}

async function separateCategories(db: Database, of: Batch): Promise<Separation[]> {
  const rows = await db.rows(
    `SELECT c, first(v ORDER BY away DESC, v NULLS FIRST) AS value, first(churned ORDER BY away DESC, v NULLS FIRST) AS churned,
       first(stayed ORDER BY away DESC, v NULLS FIRST) AS stayed
     FROM (
       SELECT *, abs(churned / ${of.churned} - stayed / ${of.stayed}) AS away FROM (
         SELECT c, v, count(*) FILTER (WHERE y) AS churned, count(*) FILTER (WHERE NOT y) AS stayed
         FROM ${unpivoted(of, "VARCHAR")} GROUP BY c, v
       )
     ) GROUP BY c ORDER BY c`,
    z.object({ c: z.int(), value: z.string().nullable(), churned: z.int(), stayed: z.int() }),
  );
  return rows.map(({ c, value, churned, stayed }) => ({
    subject: `${of.batch[c]?.name ?? ""} ${value === null ? "null" : JSON.stringify(value)}`,
    auc: indicatorAuc(of, churned, stayed),
  }));
}

/** Of a 1 for some customers and a 0 for all others, by how many of them churned and stayed. */
function indicatorAuc(all: Pick<Batch, "churned" | "stayed">, churned: number, stayed: number): number {
  return eitherWay((1 + churned / all.churned - stayed / all.stayed) / 2);
}

function eitherWay(auc: number): number {
  return Math.max(auc, 1 - auc);
}
