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
const VALUES_TOGETHER = 1_000_000;

/** Customers of whom exact ranks take longer than a look at how far apart the classes may be at all. */
const MANY_ROWS = 100_000;

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
 * @param above     a column may be left out that surely separates neither better than this nor best of all
 */
export async function separate(
  db: Database,
  relation: string,
  label: string,
  columns: readonly Column[],
  above = 0,
): Promise<Separation[]> {
  const [counts] = await db.rows(
    `SELECT count(*) FILTER (WHERE y) AS churned, count(*) FILTER (WHERE NOT y) AS stayed FROM (SELECT ${label} AS y FROM ${relation})`,
    z.object({ churned: z.int(), stayed: z.int() }),
  );
  const { churned = 0, stayed = 0 } = counts ?? {};
  if (Math.min(churned, stayed) < FEWEST) return [];

  const rows = churned + stayed;
  const together = Math.max(1, Math.floor(VALUES_TOGETHER / rows));
  const among = (batch: readonly Column[]) => ({ relation, label, batch, churned, stayed });
  const inBatches = async <Found>(of: readonly Column[], look: (batch: Batch) => Promise<Found[]>) => {
    const found: Found[] = [];
    for (const batch of batches(of, together)) found.push(...(await look(among(batch))));
    return found;
  };
  const [texts, numbers] = [true, false].map((isText) => columns.filter(({ type }) => (type === "VARCHAR") === isText));
  const ofTexts = await inBatches(texts ?? [], (batch) => separateCategories(db, batch));
  const ofNumbers = await inBatches(numbers ?? [], async (batch) =>
    rows > MANY_ROWS ? separateNumbers(db, batch, await stepsOf(db, batch)) : separateNumbers(db, batch),
  );
  const best = Math.max(...[...ofTexts, ...ofNumbers].map(({ auc }) => auc));
  const exact: Separation[] = [];
  for (const { inexact, ...found } of ofNumbers) {
    if (inexact === undefined) exact.push(found);
    else if (inexact.atMost >= Math.min(best, above)) {
      for (const { subject, auc } of await separateNumbers(db, among([inexact.column]))) exact.push({ subject, auc });
    }
  }
  return [...exact, ...ofTexts];
}

/** A separation that may be larger. */
interface Bounded extends Separation {
  readonly inexact?: { readonly column: Column; readonly atMost: number };
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
  const values = batch.map(({ name }) => `CAST(${identifier(name)} AS ${type})`);
  // Lists take their time, and of a million customers there is one column.
  const [c, v] = values.length === 1 ? ["0", ""] : [`unnest(range(${values.length}))`, "unnest"];
  // The customers' columns may have any names, these among them.
  return `(SELECT ${c} AS c, ${v}(__churn_values) AS v, __churn_label AS y FROM (
      SELECT ${label} AS __churn_label, ${v === "" ? values.join() : `[${values.join(", ")}]`} AS __churn_values FROM ${relation}
    ) WHERE __churn_label IS NOT NULL)`;
}

const ranked = z.object({
  c: z.int(),
  churned: z.int(),
  stayed: z.int(),
  fewest: z.number(),
  pairs: z.number(),
  most: z.number(),
  exact: z.boolean(),
});

/**
 * In how many pairs of one who churned and one who stayed the first has the larger number, equal numbers counting half (Mann and
 * Whitney), for each column of a batch that has numbers.
 *
 * @param step  SQL over `c` and `v` that never falls where the value rises: of pairs on one step it is open which has the larger
 *              number, so `pairs` is exact where each step has but one, and else between `fewest` and `most`
 */
async function countPairs(db: Database, of: Batch, step: string): Promise<z.infer<typeof ranked>[]> {
  return await db.rows(
    `SELECT c, sum(churned) AS churned, sum(stayed) AS stayed, sum(churned * below) AS fewest,
       sum(churned * (2 * below + stayed)) / 2 AS pairs, sum(churned * (below + stayed)) AS most, bool_and(single) AS exact
     FROM (
       SELECT *, sum(stayed) OVER (PARTITION BY c ORDER BY step ROWS UNBOUNDED PRECEDING) - stayed AS below FROM (
         SELECT c, ${step} AS step, min(v) = max(v) AS single,
           count(*) FILTER (WHERE y) AS churned, count(*) FILTER (WHERE NOT y) AS stayed
         FROM ${unpivoted(of, "DOUBLE")} WHERE v IS NOT NULL GROUP BY c, step
       )
     ) GROUP BY c`,
    ranked,
  );
}

/** Columns of numbers; exactly where each step has but one. */
async function separateNumbers(db: Database, of: Batch, step = "v"): Promise<Bounded[]> {
  const found = new Map((await countPairs(db, of, step)).map((row) => [row.c, row]));
  return of.batch.map((column, c): Bounded => {
    const { churned = 0, stayed = 0, exact = true, fewest = 0, pairs = 0, most = 0 } = found.get(c) ?? {};
    const isNull = { subject: `${column.name} null`, auc: indicatorAuc(of, of.churned - churned, of.stayed - stayed) };
    if (Math.min(churned, stayed) < FEWEST) return isNull;
    const share = (count: number) => count / (churned * stayed);
    if (exact) {
      const byValue = { subject: column.name, auc: eitherWay(share(pairs)) };
      return isNull.auc > byValue.auc ? isNull : byValue;
    }
    const [lowest, highest] = [share(fewest), share(most)];
    const atLeast = Math.max(isNull.auc, lowest, 1 - highest);
    return {
      subject: column.name,
      auc: atLeast,
      inexact: { column, atMost: Math.max(isNull.auc, highest, 1 - lowest) },
    };
  });
}

/** Steps into which the range of a column is cut. */
const STEPS = 4096;

/** SQL of the step of a value in its column's range. */
async function stepsOf(db: Database, { relation, batch }: Batch): Promise<string> {
  const edges = batch.flatMap(({ name }, index) => {
    const number = `CAST(${identifier(name)} AS DOUBLE)`;
    return [`min(${number}) AS least_${index}`, `max(${number}) AS greatest_${index}`];
  });
  const [found = {}] = await db.rows(
    `SELECT ${edges.join(", ")} FROM ${relation}`,
    z.record(z.string(), z.number().nullable()),
  );
  const cases = batch.map((_, index) => {
    const [least, greatest] = [found[`least_${index}`] ?? 0, found[`greatest_${index}`] ?? 0];
    const width = (greatest - least) / STEPS;
    // Of a range beyond what a double holds each value is a step of its own.
    const isRange = width > 0 && Number.isFinite(width);
    return `WHEN ${index} THEN ${isRange ? `floor((v - CAST('${least}' AS DOUBLE)) / CAST('${width}' AS DOUBLE))` : "v"}`;
  });
  return `CASE c ${cases.join(" ")} END`;
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
