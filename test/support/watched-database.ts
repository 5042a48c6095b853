import * as z from "zod";
import type { Database, SqlValue } from "../../src/lib/duckdb/database.ts";

/** What one scan takes out of a source, by DuckDB's plan of the statement. */
export interface Scan {
  /** sorted */
  readonly columns: readonly string[];
  /** what the scan itself passes over rows by; a column that is in nothing else is none of `columns` */
  readonly filters: readonly string[];
}

/** Statements that read no row of any source: DESCRIBE binds, the others change what names mean. */
const READS_NO_ROWS = /^(DESCRIBE|ATTACH|DETACH|USE|CREATE TEMP VIEW|DROP VIEW) /;

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
  readonly extra_info: Readonly<Record<string, unknown>>;
}

const planNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.object({ name: z.string(), children: z.array(planNode), extra_info: z.record(z.string(), z.unknown()) }),
);

/** A database that notes every scan of a source that is asked of it. Its own tables in memory and its catalog are no source. */
export function watchedDatabase(db: Database): { readonly db: Database; readonly scans: Scan[] } {
  const scans: Scan[] = [];
  const note = async (sql: string, values: Readonly<Record<string, SqlValue>> | undefined) => {
    if (READS_NO_ROWS.test(sql)) return;
    const [plan] = await db.rows(`EXPLAIN (FORMAT json) ${sql}`, z.object({ explain_value: z.string() }), values);
    for (const root of z.array(planNode).parse(JSON.parse(plan?.explain_value ?? ""))) scans.push(...scansOf(root));
  };
  const watched: Database = {
    ...db,
    run: async (sql, values) => {
      await note(sql, values);
      await db.run(sql, values);
    },
    rows: async (sql, schema, values) => {
      await note(sql, values);
      return await db.rows(sql, schema, values);
    },
  };
  return { db: watched, scans };
}

function scansOf({ name, children, extra_info: info }: PlanNode): Scan[] {
  if (children.length > 0) return children.flatMap(scansOf);
  const isTable = name.trim() === "SEQ_SCAN" && !String(info.Table).startsWith("memory.");
  if (!isTable && !/^READ_(PARQUET|CSV|JSON)/.test(name)) return [];
  return [{ columns: listOf(info.Projections).sort(), filters: listOf(info.Filters) }];
}

/** DuckDB's plan has a text where a list has one entry, and "" where it has none. */
function listOf(entries: unknown): string[] {
  return [entries ?? []]
    .flat()
    .map(String)
    .filter((entry) => entry !== "");
}
