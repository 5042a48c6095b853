import * as z from "zod";
import { suggestion } from "../cli/suggestions.ts";
import { own } from "../config/own.ts";
import type { Config } from "../config/schema.ts";
import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";
import { TryLaterError, UsageError } from "../errors.ts";
import { type CanonicalColumn, canonicalColumn, kindOf } from "./canonical.ts";
import { newestDate, snapshotCondition } from "./snapshot-date.ts";
import type { Query, Relation, Source } from "./source.ts";

export interface SnapshotRequest {
  readonly dataset: Config["dataset"];
  /** YYYY-MM-DD */
  readonly date: string;
  /** YYYY-MM-DD in the configured time zone */
  readonly today: string;
  /** IANA name: whose day a time with a zone belongs to */
  readonly timezone: string;
}

export interface Snapshot extends Query {
  readonly columns: readonly CanonicalColumn[];
  readonly rowCount: number;
  /** column: values that could not be read and are NULL now, where there are any */
  readonly lost: Readonly<Record<string, number>>;
}

/**
 * The snapshot of a date as a query of canonical columns, ordered by id, then by all columns: the same customers in the same
 * order whatever the order in which the source has them.
 *
 * @throws {UsageError} when a column is missing or of the wrong type, or a past date has no snapshot
 * @throws {TryLaterError} when today's snapshot isn't there yet
 */
export async function openSnapshot(db: Database, source: Source, request: SnapshotRequest): Promise<Snapshot> {
  const { dataset, date } = request;
  requireReachableDate(source, request);
  const relation = await source.open(db, { date, text: textColumns(dataset) });
  requireColumns(relation, dataset, source.description);

  const chosen = relation.columns.filter(({ name }) => !dataset.exclude.includes(name));
  const condition = snapshotCondition(relation, request);
  const from = `${relation.sql} AS source_rows WHERE ${condition.sql}`;
  const values = { ...relation.values, ...condition.values };

  const fits = await measureWide(db, { sql: from, values }, chosen);
  const columns = chosen.map((column) => {
    const canonical = canonicalColumn(column, own(dataset.types, column.name), own(fits, column.name) ?? true);
    return column.name === dataset.id ? idColumn(canonical, column.type) : canonical;
  });
  const { rowCount, lost } = await measureLoss(db, { sql: from, values }, columns);
  if (rowCount === 0) throw await missingSnapshot(db, source, relation, request);

  const list = columns.map(({ name, expression }) => `${expression} AS ${identifier(name)}`).join(", ");
  const order = [dataset.id, ...columns.map(({ name }) => name).filter((name) => name !== dataset.id)]
    .map((name) => `${identifier(name)} NULLS LAST`)
    .join(", ");
  return { sql: `SELECT * FROM (SELECT ${list} FROM ${from}) ORDER BY ${order}`, values, columns, rowCount, lost };
}

/** The newest date up to today that the source has, or today where it can't tell. */
export async function newestSnapshot(
  db: Database,
  source: Source,
  request: Omit<SnapshotRequest, "date">,
): Promise<string> {
  const { dataset, today } = request;
  if (dataset.date === null || source.choosesDate) return today;
  const relation = await source.open(db, { date: today, text: textColumns(dataset) });
  requireColumns(relation, dataset, source.description);
  return (await newestDate(db, relation, { ...request, date: today })) ?? today;
}

/** What files without types must not guess at: the id 00123 would become 123, and the label Yes a boolean. */
function textColumns({ id, target: { column, positive }, types }: Config["dataset"]): string[] {
  const isWord = typeof positive === "string" && !/^(true|false)$/i.test(positive);
  const categorical = Object.keys(types).filter((name) => types[name] === "categorical");
  return [id, ...(isWord ? [column] : []), ...categorical];
}

function requireReachableDate(source: Source, { dataset, date, today }: SnapshotRequest): void {
  if (date > today)
    throw new UsageError(`${date} is in the future: today is ${today}`, `churn run-all --date ${today}`);
  if (dataset.date === null && !source.choosesDate && date < today) {
    throw new UsageError(
      `${source.description} shows the current state (dataset.date is null): only today, ${today}, can be extracted, not ${date}`,
      "dataset.date in churn.yaml names the snapshot's date column",
    );
  }
}

function requireColumns(relation: Relation, dataset: Config["dataset"], description: string): void {
  const names = relation.columns.map(({ name }) => name);
  const required: [string, string][] = [
    ["dataset.id", dataset.id],
    ["dataset.target.column", dataset.target.column],
    ...(dataset.date === null ? [] : [["dataset.date", dataset.date] satisfies [string, string]]),
  ];
  const named: [string, string][] = [
    ...required,
    ...dataset.exclude.map((name): [string, string] => ["dataset.exclude", name]),
    ...Object.keys(dataset.types).map((name): [string, string] => ["dataset.types", name]),
  ];
  for (const [key, name] of named) {
    if (names.includes(name)) continue;
    const place = relation.name === description ? description : `${relation.name} in ${description}`;
    throw new UsageError(`${key}: ${place} has no column ${name}`, suggestion(name, names));
  }
  for (const [key, name] of required) {
    if (dataset.exclude.includes(name)) {
      throw new UsageError(`dataset.exclude: ${name} can't be excluded, it is ${key}`);
    }
  }
}

/** Text without the padding of CHAR columns; integers and UUIDs as they are. */
function idColumn(column: CanonicalColumn, sourceType: string): CanonicalColumn {
  const kind = kindOf(sourceType);
  if (kind === "wide" && column.type === "DOUBLE") {
    throw new UsageError(
      `dataset.id: ${column.name} has numbers beyond 64 bits`,
      `dataset: { types: { ${column.name}: categorical } } reads them as text`,
    );
  }
  if (!["integer", "wide", "text", "uuid"].includes(kind) || !["BIGINT", "VARCHAR"].includes(column.type)) {
    throw new UsageError(`dataset.id: ${column.name} is of type ${sourceType}; an id is an integer, text or a UUID`);
  }
  return column.type === "VARCHAR" ? { ...column, expression: `rtrim(${column.expression})` } : column;
}

async function measureWide(db: Database, from: Query, columns: Relation["columns"]): Promise<Record<string, boolean>> {
  const wide = columns.filter(({ type }) => kindOf(type) === "wide");
  if (wide.length === 0) return {};
  const measures = wide.map(({ name }) => {
    const column = identifier(name);
    // By way of text: TRY_CAST of a BIGNUM fails.
    return `count(${column}) = count(TRY_CAST(CAST(${column} AS VARCHAR) AS BIGINT)) AS ${column}`;
  });
  const [fits] = await db.rows(
    `SELECT ${measures.join(", ")} FROM ${from.sql}`,
    z.record(z.string(), z.boolean()),
    from.values,
  );
  return fits ?? {};
}

async function measureLoss(db: Database, from: Query, columns: readonly CanonicalColumn[]) {
  const lossy = columns.filter(({ lossy }) => lossy !== undefined);
  const measures = ["count(*)", ...lossy.map(({ lossy }) => lossy)].map((measure, index) => `${measure} AS c${index}`);
  const [counts = {}] = await db.rows(
    `SELECT ${measures.join(", ")} FROM ${from.sql}`,
    z.record(z.string(), z.int()),
    from.values,
  );
  const lost = lossy.map(({ name }, index) => [name, counts[`c${index + 1}`] ?? 0] as const).filter(([, n]) => n > 0);
  return { rowCount: counts.c0 ?? 0, lost: Object.fromEntries(lost) };
}

async function missingSnapshot(db: Database, source: Source, relation: Relation, request: SnapshotRequest) {
  const { date, today } = request;
  const newest = await newestDate(db, relation, request);
  if (newest === undefined && !source.choosesDate) await requireDates(db, relation, request);
  const dated = source.choosesDate || (request.dataset.date !== null && newest !== undefined);
  if (!dated) {
    const message = `${relation.name === source.description ? "" : `${relation.name} of `}${source.description} has no rows`;
    return date === today
      ? new TryLaterError(message, "run it again once it is filled")
      : new UsageError(message, "source.url and source.table in churn.yaml say what is read");
  }
  const known = newest === undefined || source.choosesDate ? "" : ` (the newest is ${newest})`;
  if (date === today) {
    return new TryLaterError(
      `no snapshot for today, ${date}, in ${source.description} yet${known}`,
      `churn run-all --date ${date} once it is there`,
    );
  }
  return new UsageError(
    `no snapshot for ${date} in ${source.description}${known}`,
    known === "" ? "another --date, or the source" : `churn run-all --date ${newest}`,
  );
}

/** Rows without a single date are another mistake than no rows. */
async function requireDates(db: Database, relation: Relation, { dataset, today }: SnapshotRequest): Promise<void> {
  if (dataset.date === null) return;
  const [rows] = await db.rows(
    `SELECT count(*) AS total, min(CAST(${identifier(dataset.date)} AS VARCHAR)) AS first FROM ${relation.sql} AS source_rows`,
    z.object({ total: z.int(), first: z.string().nullable() }),
    relation.values,
  );
  if (rows === undefined || rows.total === 0) return;
  const instead = rows.first === null ? "all are null" : `the first is ${rows.first}`;
  throw new UsageError(
    `dataset.date: ${dataset.date} of ${relation.name} has no date up to today, ${today}: ${instead}`,
    "DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
  );
}
