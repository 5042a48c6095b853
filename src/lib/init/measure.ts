import * as z from "zod";
import { aggregate } from "../duckdb/aggregates.ts";
import type { Database } from "../duckdb/database.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { openDatabase } from "../duckdb/open.ts";
import { identifier } from "../duckdb/sql.ts";
import { familyOf, type TypeFamily } from "../source/canonical.ts";
import type { Catalogue, CatalogueColumn, CatalogueFamily } from "../source/catalogue.ts";
import type { Source } from "../source/source.ts";

const TABLE = "memory.main.looked_at";

const FAMILIES: Readonly<Record<TypeFamily, CatalogueFamily>> = {
  boolean: "boolean",
  integer: "integer",
  wide: "integer",
  float: "float",
  date: "date",
  timestamp: "date",
  timestamptz: "date",
  text: "text",
  uuid: "uuid",
  other: "other",
};

/** Columns that are counted: the others are neither id nor date nor label. */
const COUNTED: readonly CatalogueFamily[] = ["boolean", "integer", "date", "text", "uuid"];

/** A date of snapshots has few different values, however many rows. */
const MOST_DAYS = 20_000;

/**
 * The catalogue of a source that DuckDB reads: files have none, so their rows are counted. What can't be an id, a date or a label
 * isn't even read.
 *
 * @param today  YYYY-MM-DD
 * @throws {UsageError | ServiceError | TryLaterError} as the source does
 */
export async function measuredCatalogue(source: Source, today: string): Promise<Catalogue> {
  await using db = await openDatabase();
  let columns: readonly TypedColumn[];
  let rows: number;
  {
    await using session = await source.open(db, { date: today, today, text: [] });
    ({ columns } = session);
    const counted = columns.filter(({ type }) => COUNTED.includes(FAMILIES[familyOf(type)]));
    rows = await session.load(TABLE, { columns: counted.map(({ name }) => name), day: undefined });
  }
  const figures = await measure(db, columns);
  const all = columns.map((column) => catalogued(column, rows, figures));
  const days = all.filter(
    ({ family, nullable, distinct = 0 }) => family === "date" && !nullable && distinct <= MOST_DAYS,
  );
  const ids = all.filter(({ family, nullable, key }) => IDS.includes(family) && !nullable && key === undefined);
  const daily = rows === 0 ? new Set<string>() : await uniqueEachDay(db, ids, days, rows);
  const labels = await valuesOfTwo(
    db,
    all.filter(({ family, distinct }) => distinct === 2 && family !== "date"),
  );
  return {
    rows,
    columns: all.map((column) => ({
      ...column,
      key: daily.has(column.name) ? "daily" : column.key,
      values: labels.get(column.name),
    })),
  };
}

const IDS: readonly CatalogueFamily[] = ["integer", "text", "uuid"];

interface Figures {
  readonly values: number;
  readonly distinct: number;
  /** of texts, those that begin as a date does */
  readonly dates: number;
}

async function measure(db: Database, columns: readonly TypedColumn[]): Promise<ReadonlyMap<string, Figures>> {
  const counted = columns.filter(({ type }) => COUNTED.includes(FAMILIES[familyOf(type)]));
  const answers = await aggregate(
    db,
    TABLE,
    counted.map(({ name, type }, index) => ({
      value: identifier(name),
      aggregates: (value) => [
        [`values_${index}`, `count(${value})`],
        [`distinct_${index}`, `count(DISTINCT ${value})`],
        [
          `dates_${index}`,
          familyOf(type) === "text"
            ? `count(*) FILTER (regexp_matches(${value}, '^\\d{4}-\\d{2}-\\d{2}($|[T ])'))`
            : "0",
        ],
      ],
    })),
    z.number(),
  );
  const figure = (name: string, index: number) => answers[`${name}_${index}`] ?? 0;
  return new Map(
    counted.map(({ name }, index) => [
      name,
      { values: figure("values", index), distinct: figure("distinct", index), dates: figure("dates", index) },
    ]),
  );
}

function catalogued({ name, type }: TypedColumn, rows: number, figures: ReadonlyMap<string, Figures>): CatalogueColumn {
  const found = figures.get(name);
  const { values = 0, distinct, dates = 0 } = found ?? {};
  const family = values > 0 && dates === values ? "date" : FAMILIES[familyOf(type)];
  const nullable = found === undefined || values < rows;
  return {
    name,
    type,
    family,
    nullable,
    nullShare: found === undefined || rows === 0 ? undefined : 1 - values / rows,
    distinct,
    key: !nullable && rows > 0 && distinct === rows && IDS.includes(family) ? "unique" : undefined,
    indexed: undefined,
    comment: undefined,
    values: undefined,
  };
}

/** The columns of which each value stands once on each day of some column of dates. */
async function uniqueEachDay(
  db: Database,
  ids: readonly CatalogueColumn[],
  days: readonly CatalogueColumn[],
  rows: number,
): Promise<ReadonlySet<string>> {
  // So many different values there are at least where none stands twice on a day.
  const pairs = days.flatMap((day) =>
    ids.filter(({ distinct = 0 }) => distinct * (day.distinct ?? 1) >= rows).map((id) => ({ id, day })),
  );
  const found = await aggregate(
    db,
    TABLE,
    pairs.map(({ id, day }, index) => ({
      value: `{'id': ${identifier(id.name)}, 'day': ${identifier(day.name)}}`,
      aggregates: (value) => [[`p${index}`, `count(DISTINCT ${value})`]],
    })),
    z.number(),
  );
  return new Set(pairs.flatMap(({ id }, index) => (found[`p${index}`] === rows ? [id.name] : [])));
}

async function valuesOfTwo(
  db: Database,
  columns: readonly CatalogueColumn[],
): Promise<ReadonlyMap<string, readonly [string, string]>> {
  const found = await aggregate(
    db,
    TABLE,
    columns.map(({ name }, index) => ({
      value: `CAST(${identifier(name)} AS VARCHAR)`,
      aggregates: (value) => [
        [`least_${index}`, `min(${value})`],
        [`most_${index}`, `max(${value})`],
      ],
    })),
    z.string(),
  );
  return new Map(
    columns.map(({ name }, index) => [name, [found[`least_${index}`] ?? "", found[`most_${index}`] ?? ""] as const]),
  );
}
