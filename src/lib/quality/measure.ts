import * as z from "zod";
import { suggestion } from "../cli/suggestions.ts";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { parquetFile } from "../duckdb/parquet.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { CustomerColumn } from "../prepare/columns.ts";
import { labelCondition, labelText } from "../prepare/label.ts";
import type { ValidationReport } from "./report.ts";

/** Labels that a report lists; a column with more is no label, and the count of its values says so. */
const LABELS_LISTED = 100;
/** Categories of a column that a report lists. */
export const CATEGORIES_LISTED = 10_000;

/** Today's customers in numbers. All are counts, or quotients of counts, so they are exact. */
export interface Quality extends Omit<ValidationReport, "gates"> {
  readonly nullIds: number;
  /** distinct labels that are not null */
  readonly classes: number;
  readonly positives: number;
  /** by the columns of gates.ranges */
  readonly ranges: Readonly<Record<string, RangeMeasure>>;
}

export interface RangeMeasure {
  readonly lowest: number | null;
  readonly highest: number | null;
  /** rows below min or above max */
  readonly outside: number;
}

/**
 * Measures customers.parquet.
 *
 * @throws {UsageError} when gates.ranges names a column that isn't there or isn't a number
 */
export async function measureQuality(
  db: Database,
  path: string,
  { columns, dataset, ranges }: MeasureRequest,
): Promise<Quality> {
  requireNumericRanges(columns, ranges);
  const from = parquetFile(path);
  const counts = await measureCounts(db, from, { columns, dataset, ranges });
  const count = (name: string) => counts[name] ?? 0;

  const rowCount = count("rows");
  const nulls = columns.map(({ name }, index) => [name, rowCount - count(`present_${index}`)] as const);
  const allNulls = nulls.reduce((sum, [, missing]) => sum + missing, 0);
  const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
  const labelled = count("labelled");
  return {
    row_count: rowCount,
    null_rate: share(allNulls, rowCount * columns.length),
    null_rate_by_column: Object.fromEntries(nulls.map(([name, missing]) => [name, share(missing, rowCount)])),
    duplicate_rate: share(count("ids") - count("distinct_ids"), rowCount),
    target_distribution: await measureLabels(db, from, dataset),
    target_rate: labelled === 0 ? null : count("positives") / labelled,
    columns: columns.map(({ name, type }) => ({ name, type })),
    categories: await measureCategories(db, from, columns),
    nullIds: rowCount - count("ids"),
    classes: count("classes"),
    positives: count("positives"),
    ranges: Object.fromEntries(
      Object.keys(ranges).map((name, index) => [
        name,
        {
          lowest: counts[`lowest_${index}`] ?? null,
          highest: counts[`highest_${index}`] ?? null,
          outside: count(`outside_${index}`),
        },
      ]),
    ),
  };
}

interface MeasureRequest {
  readonly columns: readonly CustomerColumn[];
  readonly dataset: Config["dataset"];
  readonly ranges: Config["gates"]["ranges"];
}

function requireNumericRanges(columns: readonly CustomerColumn[], ranges: MeasureRequest["ranges"]): void {
  for (const name of Object.keys(ranges)) {
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined) {
      const names = columns.map((candidate) => candidate.name);
      throw new UsageError(`gates.ranges: the customers have no column ${name}`, suggestion(name, names));
    }
    if (column.type !== "BIGINT" && column.type !== "DOUBLE") {
      throw new UsageError(
        `gates.ranges: ${name} is of type ${column.type}, a range needs numbers`,
        `dataset: { types: { ${name}: numeric } } reads text as numbers`,
      );
    }
  }
}

async function measureCounts(db: Database, from: string, { columns, dataset, ranges }: MeasureRequest) {
  const id = identifier(dataset.id);
  const targetType = columns.find(({ role }) => role === "target")?.type ?? "VARCHAR";
  const measures = [
    "count(*) AS rows",
    ...columns.map(({ name }, index) => `count(${identifier(name)}) AS present_${index}`),
    `count(${id}) AS ids`,
    `count(DISTINCT ${id}) AS distinct_ids`,
    `count(${identifier(dataset.target.column)}) AS labelled`,
    `count(DISTINCT ${labelText(dataset.target.column)}) AS classes`,
    `count(*) FILTER (WHERE ${labelCondition(dataset.target, targetType)}) AS positives`,
    ...Object.entries(ranges).flatMap(([name, { min, max }], index) => {
      const column = identifier(name);
      const outside = [
        ...(min === undefined ? [] : [`${column} < CAST('${min}' AS DOUBLE)`]),
        ...(max === undefined ? [] : [`${column} > CAST('${max}' AS DOUBLE)`]),
      ];
      return [
        `CAST(min(${column}) AS DOUBLE) AS lowest_${index}`,
        `CAST(max(${column}) AS DOUBLE) AS highest_${index}`,
        `count(*) FILTER (WHERE ${outside.length === 0 ? "false" : outside.join(" OR ")}) AS outside_${index}`,
      ];
    }),
  ];
  const [counts] = await db.rows(
    `SELECT ${measures.join(", ")} FROM ${from}`,
    z.record(z.string(), z.number().nullable()),
  );
  return counts ?? {};
}

async function measureLabels(db: Database, from: string, dataset: MeasureRequest["dataset"]) {
  const labels = await db.rows(
    `SELECT * FROM (
       SELECT ${labelText(dataset.target.column)} AS label, count(*) AS rows FROM ${from}
       WHERE ${identifier(dataset.target.column)} IS NOT NULL GROUP BY 1 ORDER BY rows DESC, label LIMIT ${LABELS_LISTED}
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
