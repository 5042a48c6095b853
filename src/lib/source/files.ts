import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { ChurnError, TryLaterError, UsageError } from "../errors.ts";
import { choosesDate, queryRelation, type SourceSettings } from "./query.ts";
import type { Source, Wanted } from "./source.ts";

/** What a query calls the files when source.table gives them no other name. */
const TABLE = "customers";

/** Parquet or CSV files, one or many (wildcards); their columns are matched by name. */
export function openFiles(settings: SourceSettings, format: "parquet" | "csv"): Source {
  return {
    description: settings.description,
    choosesDate: choosesDate(settings.query),
    async open(db, wanted) {
      const table = identifier(settings.table ?? TABLE);
      await requireFiles(db, settings);
      try {
        await db.run(
          `CREATE OR REPLACE TEMP VIEW ${table} AS SELECT * FROM ${await reader(db, settings, format, wanted)}`,
        );
        if (settings.query !== undefined) return await queryRelation(db, settings.query, wanted);
        return { sql: table, values: {}, columns: await describeColumns(db, table), name: settings.description };
      } catch (error) {
        if (error instanceof ChurnError) throw error;
        if (/not utf-8 encoded/i.test(String(error))) {
          throw new UsageError(
            `source.url: ${settings.description} is not UTF-8 text`,
            "iconv -f ISO-8859-1 -t UTF-8 converts Latin-1",
            { cause: error },
          );
        }
        throw new UsageError(
          `source.url: ${settings.description} can't be read as ${format === "csv" ? "CSV" : "Parquet"}: ${reasonOf(error)}`,
          "duckdb:FILE, parquet:FILES and csv:FILES are known",
          { cause: error },
        );
      }
    },
  };
}

async function requireFiles(db: Database, { path, description }: SourceSettings): Promise<void> {
  const [found] = await db.rows(`SELECT count(*) AS files FROM glob(${literal(path)})`, z.object({ files: z.int() }));
  if ((found?.files ?? 0) === 0) {
    throw new UsageError(`source.url: there is no file ${description}`, `it is looked for at ${path}`);
  }
}

/** DuckDB names the line of a CSV file first, then shows it, and only then says what is wrong with it. */
function reasonOf(error: unknown): string {
  const first = firstLine(error);
  const [, shown = "", reason = ""] = String(error).split("\n");
  return shown.startsWith("Original Line") ? `${first}: ${reason}` : first;
}

async function reader(
  db: Database,
  { path, description }: SourceSettings,
  format: "parquet" | "csv",
  wanted: Wanted,
): Promise<string> {
  if (format === "parquet") return `read_parquet(${literal(path)}, union_by_name = true)`;
  // All rows are looked at: a type guessed from the first ones may not fit the last. An empty text in quotes is no null.
  const options = "union_by_name = true, sample_size = -1, allow_quoted_nulls = false";
  const names = new Set((await describeColumns(db, `read_csv(${literal(path)}, ${options})`)).map(({ name }) => name));
  const [only = "", ...others] = names;
  if (others.length === 0 && only === "column0") {
    throw new TryLaterError(`source.url: ${description} is empty`, "run it again once it is written");
  }
  if (others.length === 0 && /[,;|\t]/.test(only)) {
    throw new UsageError(
      `source.url: the lines of ${description} don't all have the same columns`,
      "is a line cut short, or a quote left open?",
    );
  }
  const text = wanted.text.filter((name) => names.has(name)).map((name) => `${literal(name)}: 'VARCHAR'`);
  return `read_csv(${literal(path)}, ${options}${text.length === 0 ? "" : `, types = {${text.join(", ")}}`})`;
}
