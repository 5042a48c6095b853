import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { countDistinct } from "../duckdb/distinct.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";
import type { CustomerColumn } from "../prepare/columns.ts";
import { labelCondition, labelCounts } from "../prepare/label.ts";
import type { Check, Customers } from "./gates/gate.ts";
import { CATEGORIES_LISTED, type Figures } from "./report.ts";

/** Labels that a report lists; a column with more is no label, and the count of its values says so. */
const LABELS_LISTED = 100;

interface CustomersFile extends Customers {
  readonly path: string;
  readonly columns: readonly CustomerColumn[];
}

/** Today's customers in numbers. */
export interface Measurements {
  /** what the report says of them */
  readonly figures: Figures;
  /** what each check asked for beyond that, by its own names */
  readonly measured: ReadonlyMap<Check, Readonly<Record<string, number | null>>>;
  /** what a check's own search came to */
  readonly found: ReadonlyMap<Check, Readonly<Record<string, number>>>;
}

/** Measures customers.parquet: all counts in one scan, the ids, the labels and each column's categories in one more each. */
export async function measureCustomers(
  db: Database,
  { path, columns, dataset }: CustomersFile,
  checks: readonly Check[],
): Promise<Measurements> {
  const from = parquetFile(path);
  const { target } = dataset;
  const targetType = columns.find(({ role }) => role === "target")?.type ?? "VARCHAR";
  const asked = checks.flatMap((check) => Object.entries(check.measures).map(([name, sql]) => ({ check, name, sql })));
  const counts = await measureAll(db, from, {
    rows: "count(*)",
    labelled: `count(${identifier(target.column)})`,
    positives: `count(*) FILTER (WHERE ${labelCondition(target, targetType)})`,
    ...Object.fromEntries(columns.map(({ name }, index) => [`present_${index}`, `count(${identifier(name)})`])),
    ...Object.fromEntries(asked.map(({ sql }, index) => [`asked_${index}`, sql])),
  });
  const count = (name: string) => counts[name] ?? 0;
  const ids = await countDistinct(db, `SELECT ${identifier(dataset.id)} FROM ${from}`, dataset.id);

  const rowCount = count("rows");
  const nulls = columns.map(({ name }, index) => [name, rowCount - count(`present_${index}`)] as const);
  const allNulls = nulls.reduce((sum, [, missing]) => sum + missing, 0);
  const labelled = count("labelled");
  const figures = {
    row_count: rowCount,
    null_rate: share(allNulls, rowCount * columns.length),
    null_rate_by_column: Object.fromEntries(nulls.map(([name, missing]) => [name, share(missing, rowCount)])),
    duplicate_rate: share(ids.values - ids.distinct, rowCount),
    target_distribution: await measureLabels(db, from, target.column),
    target_rate: labelled === 0 ? null : count("positives") / labelled,
    columns: columns.map(({ name, type, kind, unused }) => ({ name, type, kind, unused })),
    categories: await measureCategories(db, from, columns),
  };
  const answersTo = (check: Check) =>
    asked.flatMap((one, index) => (one.check === check ? [[one.name, counts[`asked_${index}`] ?? null] as const] : []));
  return {
    figures,
    measured: new Map(checks.map((check) => [check, Object.fromEntries(answersTo(check))])),
    found: await searchAll(db, from, checks),
  };
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** Aggregates by name, in one scan. */
async function measureAll(db: Database, from: string, aggregates: Readonly<Record<string, string>>) {
  const selected = Object.entries(aggregates).map(([name, sql]) => `${sql} AS ${name}`);
  const [values] = await db.rows(
    `SELECT ${selected.join(", ")} FROM ${from}`,
    z.record(z.string(), z.number().nullable()),
  );
  return values ?? {};
}

async function searchAll(db: Database, from: string, checks: readonly Check[]): Promise<Measurements["found"]> {
  const found = new Map<Check, Readonly<Record<string, number>>>();
  for (const check of checks) {
    if (check.search !== undefined) found.set(check, await check.search(db, from));
  }
  return found;
}

async function measureLabels(db: Database, from: string, target: string) {
  const labels = await db.rows(
    `SELECT * FROM (
       SELECT label, rows FROM ${labelCounts(from, target)} ORDER BY rows DESC, label LIMIT ${LABELS_LISTED}
     ) ORDER BY label`,
    z.object({ label: z.string(), rows: z.int() }),
  );
  return Object.fromEntries(labels.map(({ label, rows }) => [label, rows]));
}

async function measureCategories(db: Database, from: string, columns: readonly CustomerColumn[]) {
  const categories: [name: string, values: string[]][] = [];
  for (const { name, role } of columns) {
    if (role !== "categorical") continue;
    const column = identifier(name);
    const values = await db.rows(
      `SELECT DISTINCT ${column} AS value FROM ${from} WHERE ${column} IS NOT NULL ORDER BY 1 LIMIT ${CATEGORIES_LISTED}`,
      z.object({ value: z.string() }),
    );
    categories.push([name, values.map(({ value }) => value)]);
  }
  return Object.fromEntries(categories);
}
