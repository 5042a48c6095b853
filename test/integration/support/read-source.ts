import * as z from "zod";
import { configSchema } from "../../../src/lib/config/schema.ts";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { identifier, literal } from "../../../src/lib/duckdb/sql.ts";
import { openSource } from "../../../src/lib/source/open.ts";
import type { DateColumn } from "../../../src/lib/source/source.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";

/** What a source is asked. */
export interface Asked {
  /** the section of churn.yaml */
  readonly source: z.input<typeof configSchema>["source"];
  /** variables, passwords among them */
  readonly env?: Readonly<Record<string, string>>;
  readonly date?: string;
  /** columns that are text whatever they look like */
  readonly text?: readonly string[];
  /** by default all */
  readonly columns?: readonly string[];
  /** whose rows of `date` alone are loaded */
  readonly day?: DateColumn;
  /** SQL over a column's name: what a test reads of it; by default its text in DuckDB */
  readonly reading?: Readonly<Record<string, string>>;
  /** of DuckDB */
  readonly memory?: string;
  /** done once the source is open and before anything is loaded */
  readonly before?: () => Promise<unknown>;
  /** a query over the table `loaded`, in place of the rows */
  readonly sql?: string;
}

/** Reads a source by churn's own modules into a DuckDB of its own, and gives all rows as texts. */
export async function readSource(asked: Asked) {
  const { source, env = {}, date = "2026-11-23", text = [], day, reading = {}, memory, sql } = asked;
  const config = configSchema.parse({ dataset: { id: "id", target: { column: "churned" } }, source });
  await using db = await openDatabase();
  if (memory !== undefined) await db.run(`SET memory_limit = ${literal(memory)}`);
  const opened = openSource(config.source, "/nonexistent", readEnvironment(env, "/nonexistent"));
  const { columns, warnings, name, newest } = await (async () => {
    await using session = await opened.open(db, { date, today: date, text });
    const wanted = asked.columns ?? session.columns.map((column) => column.name);
    const found = day === undefined ? undefined : await session.newestDate(day, date);
    const chosen = day === undefined ? undefined : { column: day, date };
    await asked.before?.();
    const rows = await session.load("memory.main.loaded", { columns: wanted, day: chosen });
    const there = await db.rows("SELECT count(*) AS n FROM memory.main.loaded", z.object({ n: z.int() }));
    if (there[0]?.n !== rows) throw new Error(`${rows} rows were told, and ${there[0]?.n} are there`);
    return { columns: session.columns, warnings: session.warnings ?? [], name: session.name, newest: found };
  })();
  const described = await db.rows(
    "DESCRIBE memory.main.loaded",
    z.object({ column_name: z.string(), column_type: z.string() }),
  );
  const listed = described.map(({ column_name }) => {
    const column = identifier(column_name);
    return `CAST(${reading[column_name] ?? column} AS VARCHAR) AS ${column}`;
  });
  const row = z.record(z.string(), z.string().nullable());
  const rows = await db.rows(sql ?? `SELECT ${listed.join(", ")} FROM memory.main.loaded ORDER BY ALL`, row);
  return {
    name,
    warnings,
    newest,
    types: Object.fromEntries(columns.map((column) => [column.name, column.type])),
    loadedTypes: Object.fromEntries(described.map(({ column_name, column_type }) => [column_name, column_type])),
    rows,
    description: opened.description,
  };
}
