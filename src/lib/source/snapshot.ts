import * as z from "zod";
import type { Config } from "../config/schema.ts";
import { aggregate } from "../duckdb/aggregates.ts";
import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { CanonicalColumn } from "./canonical.ts";
import { measureConstants } from "./column-facts.ts";
import type { CsvFormat } from "./csv/format.ts";
import { chosenColumns, dateColumn, requireReadable, roleOf, textColumns } from "./dataset-columns.ts";
import { type DecidedForm, decideColumns } from "./decide-columns.ts";
import { changedKinds } from "./kind-changes.ts";
import type { DecidedColumn, EarlierColumn } from "./kinds.ts";
import { missingSnapshot } from "./missing-snapshot.ts";
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
/** The same in canonical types: thousands of expressions are planned once, and not by each question again. */
const CANONICAL = "memory.main.canonical";

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
  const { date, loaded, indexes, csv, objects, warnings } = await loadSnapshot(db, source, request);
  const decisions = await decideColumns(db, LOADED, { ...request, columns: loaded, indexes });
  const columns = decisions.map(({ name, form }) => ({ name, ...form }));
  await db.run(`CREATE TABLE ${CANONICAL} AS ${canonicalQuery(columns)}`);
  const lost = await measureLoss(db, columns);
  await db.run(`DROP TABLE ${LOADED}`);
  // What no two rows share orders them all; the other columns need time, and change nothing then.
  const others = (await isUnique(db, dataset.id)) ? [] : columns.map(({ name }) => name);
  const order = [dataset.id, ...others.filter((name) => name !== dataset.id)]
    .map((name) => `${identifier(name)} NULLS LAST`)
    .join(", ");
  return {
    date,
    sql: `SELECT * FROM ${CANONICAL} ORDER BY ${order}`,
    columns,
    decided: await withoutConstants(db, decisions, dataset),
    lost,
    csv,
    objects,
    warnings,
  };
}

/** Whether no two rows have the same value in a column, null among them. */
async function isUnique(db: Database, column: string): Promise<boolean> {
  const name = identifier(column);
  const [found] = await db.rows(
    `SELECT count(DISTINCT ${name}) + CAST(count(*) > count(${name}) AS BIGINT) = count(*) AS is_unique FROM ${CANONICAL}`,
    z.object({ is_unique: z.boolean() }),
  );
  return found?.is_unique ?? false;
}

function canonicalQuery(columns: readonly CanonicalColumn[]): string {
  const from = columns.map((column) => `${column.from ?? identifier(column.name)} AS ${identifier(column.name)}`);
  const made = columns.map(({ name, expression }) => `${expression} AS ${identifier(name)}`);
  return `SELECT ${made.join(", ")} FROM (SELECT ${from.join(", ")} FROM ${LOADED})`;
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
    CANONICAL,
    open.map(({ name }) => ({ name, expression: identifier(name) })),
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
  if (dataset.date === null && !source.choosesDate && date < today) {
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
  return { date, loaded: chosen, indexes: session.indexes ?? [], csv, objects, warnings };
}

async function newestDate(source: Source, session: SourceSession, dates: DateColumn | undefined, today: string) {
  if (source.choosesDate || dates === undefined) return undefined;
  return (await session.newestDate(dates, today)).date;
}

/** How many values of each column became NULL, where any can. */
async function measureLoss(db: Database, columns: readonly CanonicalColumn[]): Promise<Record<string, number>> {
  const lossy = columns.filter((column) => column.lossy).map(({ name }) => name);
  const before = await countValues(db, LOADED, lossy);
  const after = await countValues(db, CANONICAL, lossy);
  const lost = lossy.map((name, index): [string, number] => [name, (before[index] ?? 0) - (after[index] ?? 0)]);
  return Object.fromEntries(lost.filter(([, count]) => count > 0));
}

/** How many values of each column are not NULL. */
async function countValues(db: Database, table: string, columns: readonly string[]): Promise<number[]> {
  const asked = columns.map((name, index) => ({
    value: identifier(name),
    aggregates: (value: string) => [[`c${index}`, `count(${value})`] as const],
  }));
  const counts = await aggregate(db, table, asked, z.int());
  return columns.map((_, index) => counts[`c${index}`] ?? 0);
}
