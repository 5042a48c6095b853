import * as z from "zod";
import type { Config } from "../config/schema.ts";
import { aggregate } from "../duckdb/aggregates.ts";
import type { Database } from "../duckdb/database.ts";
import { countDistinct } from "../duckdb/distinct.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { CanonicalColumn } from "./canonical.ts";
import { measureConstants } from "./column-facts.ts";
import type { CsvFormat } from "./csv/format.ts";
import { chosenColumns, dateColumn, requireReadable, roleOf, textColumns } from "./dataset-columns.ts";
import { type DecidedForm, decideColumns } from "./decide-columns.ts";
import { changedKinds } from "./kind-changes.ts";
import type { DecidedColumn, EarlierColumn } from "./kinds.ts";
import { missingSnapshot } from "./missing-snapshot.ts";
import { showsPastDays } from "./past-days.ts";
import type { CsvFacts, DateColumn, Source, SourceObject, SourceSession } from "./source.ts";

export interface SnapshotRequest {
  readonly dataset: Config["dataset"];
  /** YYYY-MM-DD; without it the newest that the source has up to today, or today where it can't tell */
  readonly date?: string;
  /** YYYY-MM-DD in the configured time zone */
  readonly today: string;
  /** IANA name: whose day a time with a zone belongs to */
  readonly timezone: string;
  /** columns as the newest decided earlier night has them: what they mean is decided once */
  readonly earlier?: readonly EarlierColumn[] | undefined;
  /** the format by which that night read CSV files */
  readonly earlierFormat?: CsvFormat | undefined;
  /** absolute: where the database is to read and write besides, now and afterwards */
  readonly folders?: readonly string[];
}

export interface Snapshot {
  /** YYYY-MM-DD */
  readonly date: string;
  /** a SELECT over what was loaded, never over the source */
  readonly sql: string;
  readonly columns: readonly CanonicalColumn[];
  /** what was decided about them */
  readonly decided: readonly DecidedColumn[];
  /** column: values that could not be read and are NULL now, where there are any */
  readonly lost: Readonly<Record<string, number>>;
  /** how CSV files were read, where they were */
  readonly csv: CsvFacts | undefined;
  /** what was read of a bucket */
  readonly objects: readonly SourceObject[] | undefined;
  /** of the source, for people, a sentence each */
  readonly warnings: readonly string[];
}

/** The one copy of the source's rows, by its full name: an open source may be the connection's default database. */
const LOADED = "memory.main.loaded";

/**
 * The snapshot of a date as a query of canonical columns, ordered by id, then by all columns: the same customers in the same
 * order whatever the order in which the source has them.
 *
 * The rows are loaded once; the source is closed when this returns. A database holds one snapshot.
 *
 * @throws {UsageError} when a column is missing or of the wrong type, or a past date has no snapshot
 * @throws {TryLaterError} when today's snapshot isn't there yet
 */
export async function openSnapshot(db: Database, source: Source, request: SnapshotRequest): Promise<Snapshot> {
  const { dataset } = request;
  requireReachableDate(source, request);
  const { date, rows, loaded, indexes, csv, objects, warnings } = await loadSnapshot(db, source, request);
  const decisions = await decideColumns(db, LOADED, { ...request, columns: loaded, indexes });
  const columns: CanonicalColumn[] = [];
  for (const { name, form } of decisions) columns.push(await plainIfId(db, { name, ...form }, dataset));
  const lost = await measureLoss(db, columns);
  return {
    date,
    // Of thousands of expressions there is this one statement; what is asked of them names a few at a time.
    sql: `${canonicalQuery(columns)}${await orderOf(db, columns, dataset, rows)}`,
    columns,
    decided: await withoutConstants(db, decisions, dataset),
    lost,
    csv,
    objects,
    warnings,
  };
}

/** The id as it was loaded, where each text is its canonical one already: to look is done by all threads, to find out the order by one. */
async function plainIfId(
  db: Database,
  column: CanonicalColumn,
  { id }: SnapshotRequest["dataset"],
): Promise<CanonicalColumn> {
  if (column.name !== id || column.type !== "VARCHAR") return column;
  const text = `CAST(${identifier(id)} AS VARCHAR)`;
  const { name, sql } = asLoaded(column);
  const [found] = await db.rows(
    `SELECT count(*) FILTER (WHERE ${column.expression} IS DISTINCT FROM __churn_text) = 0 AS is_plain
     FROM (SELECT ${sql} AS ${identifier(name)}, ${text} AS __churn_text FROM ${LOADED})`,
    z.object({ is_plain: z.boolean() }),
  );
  return found?.is_plain === true ? { name, type: "VARCHAR", expression: text, lossy: column.lossy } : column;
}

/**
 * How the rows are ordered, as SQL. What no two rows share orders them all; the other columns need time, and change nothing
 * then. Most sources deliver their rows by id: there is nothing to sort then.
 */
async function orderOf(
  db: Database,
  columns: readonly CanonicalColumn[],
  { id }: SnapshotRequest["dataset"],
  rows: number,
): Promise<string> {
  const ids = canonicalQuery(columns.filter(({ name }) => name === id));
  const { inOrder, values, distinct } = await countDistinct(db, ids, id);
  if (inOrder && distinct === rows && (await isPacked(db, id))) return "";
  // One null is as good as a value.
  const isUnique = distinct + (values < rows ? 1 : 0) === rows;
  const others = isUnique ? [] : columns.map(({ name }) => name);
  const order = [id, ...others.filter((name) => name !== id)].map((name) => `${identifier(name)} NULLS LAST`);
  return ` ORDER BY ${order.join(", ")}`;
}

/** Rows in one of DuckDB's vectors. */
const VECTOR_ROWS = 2048;

/**
 * Whether the rows lie in full vectors, as sorted ones do: Parquet's row groups end where vectors do, so of others they would be
 * other ones.
 */
async function isPacked(db: Database, column: string): Promise<boolean> {
  const [found] = await db.rows(
    `SELECT count(*) > 0 AND count(*) FILTER (WHERE goes_on AND rows % ${VECTOR_ROWS} <> 0) = 0 AS is_packed FROM (
       SELECT sum(count) AS rows, row_group_id < max(row_group_id) OVER () AS goes_on
       FROM pragma_storage_info(${literal(LOADED)})
       WHERE column_name = ${literal(column)} AND segment_type <> 'VALIDITY' GROUP BY row_group_id
     )`,
    z.object({ is_packed: z.boolean() }),
  );
  return found?.is_packed ?? false;
}

/** The rows' columns in canonical types. */
function canonicalQuery(columns: readonly CanonicalColumn[]): string {
  const from = columns.map(asLoaded).map(({ name, sql }) => `${sql} AS ${identifier(name)}`);
  const made = columns.map(({ name, expression }) => `${expression} AS ${identifier(name)}`);
  return `SELECT ${made.join(", ")} FROM (SELECT ${from.join(", ")} FROM ${LOADED})`;
}

/** What a canonical expression names: the loaded column as its form has it. */
function asLoaded({ name, from }: CanonicalColumn) {
  return { name, sql: from ?? identifier(name) };
}

/** What was decided, once it is known which of the columns that could be features are the same in all rows. */
async function withoutConstants(
  db: Database,
  decisions: readonly DecidedForm[],
  dataset: SnapshotRequest["dataset"],
): Promise<DecidedColumn[]> {
  const open = decisions.filter(({ name, unused }) => unused === null && roleOf(name, dataset) === undefined);
  const constants = await measureConstants(
    db,
    LOADED,
    open.map(({ name, form }) => ({ name, expression: form.expression, from: form.from ?? identifier(name) })),
  );
  return decisions.map(({ name, form, kind, unused }) => ({
    name,
    type: form.type,
    kind,
    unused: unused ?? constants.get(name) ?? null,
  }));
}

function requireReachableDate(source: Source, { dataset, date, today }: SnapshotRequest): void {
  if (date === undefined) return;
  if (date > today)
    throw new UsageError(`${date} is in the future: today is ${today}`, `churn run-all --date ${today}`);
  if (!showsPastDays({ dataset }, source) && date < today) {
    throw new UsageError(
      `${source.description} shows the current state (dataset.date is null): only today, ${today}, can be extracted, not ${date}`,
      "dataset.date in churn.yaml names the snapshot's date column",
    );
  }
}

/**
 * The columns of an open source that may leave it, and the one that says which day a row describes.
 *
 * @throws {UsageError} when a column is missing or of the wrong type
 */
export function chooseColumns(
  source: Pick<Source, "description">,
  { name, columns }: Pick<SourceSession, "name" | "columns">,
  { dataset, timezone }: Pick<SnapshotRequest, "dataset" | "timezone">,
) {
  const place = name === source.description ? name : `${name} in ${source.description}`;
  const chosen = chosenColumns(columns, dataset, place);
  const dates = dateColumn(chosen, dataset, timezone);
  requireReadable(chosen, dataset);
  return { chosen, dates };
}

/** Loads the date's rows, of the columns that may leave the source. */
async function loadSnapshot(db: Database, source: Source, request: SnapshotRequest) {
  const { dataset, today, timezone } = request;
  await using session = await source.open(db, {
    date: request.date ?? today,
    today,
    complete: request.date !== undefined,
    text: textColumns(dataset, request.earlier),
    folders: request.folders ?? [],
    files: { dataset, earlier: request.earlierFormat },
  });
  const { csv, objects } = session;
  const { chosen, dates } = chooseColumns(source, session, { dataset, timezone });

  const date = request.date ?? (await newestDate(source, session, dates, today)) ?? today;
  const day = dates === undefined ? undefined : { column: dates, date };
  const rows = await session.load(LOADED, { columns: chosen.map((column) => column.name), day });
  if (rows === 0) throw await missingSnapshot(source, session, dates, { date, today });
  const changes = changedKinds(chosen, dataset, request.earlier);
  const warnings = [...(session.warnings ?? []), ...(csv?.warnings ?? []), ...changes];
  return { date, rows, loaded: chosen, indexes: session.indexes ?? [], csv, objects, warnings };
}

async function newestDate(source: Source, session: SourceSession, dates: DateColumn | undefined, today: string) {
  if (source.choosesDate || dates === undefined) return undefined;
  return (await session.newestDate(dates, today)).date;
}

/** How many values of each column became NULL, where any can. */
async function measureLoss(db: Database, columns: readonly CanonicalColumn[]): Promise<Record<string, number>> {
  const lossy = columns.filter((column) => column.lossy);
  const asked = lossy.map((column, index) => ({
    value: `${identifier(column.name)} IS NOT NULL AND (${column.expression}) IS NULL`,
    over: asLoaded(column),
    aggregates: (value: string) => [[`c${index}`, `count(*) FILTER (WHERE ${value})`] as const],
  }));
  const counts = await aggregate(db, LOADED, asked, z.int());
  const lost = lossy.map(({ name }, index): [string, number] => [name, counts[`c${index}`] ?? 0]);
  return Object.fromEntries(lost.filter(([, count]) => count > 0));
}
