import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import { kindOf } from "./canonical.ts";
import type { SnapshotRequest } from "./snapshot.ts";
import type { Query, Relation } from "./source.ts";

/** The condition that chooses the date's rows; the date is bound, never written into the SQL. */
export function snapshotCondition(relation: Relation, request: SnapshotRequest): Query {
  const day = dayOf(relation, request);
  if (day === undefined) return { sql: "true", values: {} };
  const { date } = request;
  const column = identifier(request.dataset.date ?? "");
  // A range on the bare column lets DuckDB pass over row groups of other days.
  if (day.kind === "date") return { sql: `${column} = CAST($date AS DATE)`, values: { date } };
  if (day.kind === "timestamp") {
    const start = "CAST($date AS TIMESTAMP)";
    return { sql: `${column} >= ${start} AND ${column} < ${start} + INTERVAL 1 DAY`, values: { date } };
  }
  return { sql: `${day.sql} = $date`, values: { date } };
}

/** The newest date up to today that the source has, YYYY-MM-DD, or undefined when it has none or no date column. */
export async function newestDate(
  db: Database,
  relation: Relation,
  request: SnapshotRequest,
): Promise<string | undefined> {
  const day = dayOf(relation, request);
  if (day === undefined) return undefined;
  const [newest] = await db.rows(
    `SELECT max(day) AS newest FROM (SELECT ${day.sql} AS day FROM ${relation.sql} AS source_rows)
     WHERE regexp_full_match(day, '\\d{4}-\\d{2}-\\d{2}') AND day <= $today`,
    z.object({ newest: z.string().nullable() }),
    { ...relation.values, today: request.today },
  );
  return newest?.newest ?? undefined;
}

/** The day of a row as text, YYYY-MM-DD. */
function dayOf(relation: Relation, { dataset, timezone }: SnapshotRequest) {
  if (dataset.date === null) return undefined;
  const type = relation.columns.find(({ name }) => name === dataset.date)?.type ?? "";
  const kind = kindOf(type);
  const column = identifier(dataset.date);
  if (kind === "date" || kind === "timestamp") return { kind, sql: `CAST(CAST(${column} AS DATE) AS VARCHAR)` };
  if (kind === "timestamptz") {
    return { kind, sql: `CAST(CAST(${column} AT TIME ZONE ${literal(timezone)} AS DATE) AS VARCHAR)` };
  }
  if (kind === "text") return { kind, sql: `left(trim(CAST(${column} AS VARCHAR)), 10)` };
  throw new UsageError(
    `dataset.date: ${dataset.date} is of type ${type}; DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed`,
    "source.query in churn.yaml can cast it",
  );
}
