import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { ChurnError, TryLaterError, UsageError } from "../errors.ts";
import { choosesDate, queryRelation, type SourceSettings } from "./query.ts";
import { relationSession } from "./relation.ts";
import type { Source } from "./source.ts";

/** What a query calls the files when source.table gives them no other name. */
const TABLE = "customers";

type Format = "parquet" | "csv";

/** Parquet or CSV files, one or many (wildcards); their columns are matched by name. */
export function openFiles(settings: SourceSettings, format: Format): Source {
  const { description, query } = settings;
  return {
    description,
    choosesDate: choosesDate(query),
    async open(db, { date, text }) {
      await requireFiles(db, settings);
      const refusal = (error: unknown) => refusalOf(error, description, format);
      try {
        const files = await reader(db, settings, format, text);
        if (query === undefined) {
          return relationSession(db, { ...files, values: {}, name: description, refusal }, async () => {});
        }
        const table = identifier(settings.table ?? TABLE);
        await db.run(`CREATE TEMP VIEW ${table} AS SELECT * FROM ${files.sql}`);
        return relationSession(db, await queryRelation(db, query, date), () => db.run(`DROP VIEW ${table}`));
      } catch (error) {
        throw refusal(error);
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

function refusalOf(error: unknown, description: string, format: Format): unknown {
  if (error instanceof ChurnError) return error;
  if (/not utf-8 encoded/i.test(String(error))) {
    return new UsageError(
      `source.url: ${description} is not UTF-8 text`,
      "iconv -f ISO-8859-1 -t UTF-8 converts Latin-1",
      { cause: error },
    );
  }
  return new UsageError(
    `source.url: ${description} can't be read as ${format === "csv" ? "CSV" : "Parquet"}: ${reasonOf(error)}`,
    "duckdb:FILE, parquet:FILES and csv:FILES are known",
    { cause: error },
  );
}

/** DuckDB names the line of a CSV file first, then shows it, and only then says what is wrong with it. */
function reasonOf(error: unknown): string {
  const first = firstLine(error);
  const [, shown = "", reason = ""] = String(error).split("\n");
  return shown.startsWith("Original Line") ? `${first}: ${reason}` : first;
}

/** The files as something to SELECT from, and their columns. */
async function reader(db: Database, { path, description }: SourceSettings, format: Format, text: readonly string[]) {
  if (format === "parquet") {
    const sql = `read_parquet(${literal(path)}, union_by_name = true)`;
    return { sql, columns: await describeColumns(db, sql) };
  }
  // All rows are looked at: a type guessed from the first ones may not fit the last. An empty text in quotes is no null.
  const options = "union_by_name = true, sample_size = -1, allow_quoted_nulls = false";
  const guessed = await describeColumns(db, `read_csv(${literal(path)}, ${options})`);
  const [only, ...others] = guessed.map(({ name }) => name);
  if (others.length === 0 && only === "column0") {
    throw new TryLaterError(`source.url: ${description} is empty`, "run it again once it is written");
  }
  if (others.length === 0 && /[,;|\t]/.test(only ?? "")) {
    throw new UsageError(
      `source.url: the lines of ${description} don't all have the same columns`,
      "is a line cut short, or a quote left open?",
    );
  }
  const columns = guessed.map(({ name, type }) => ({ name, type: text.includes(name) ? "VARCHAR" : type }));
  const types = columns.filter(({ name }) => text.includes(name)).map(({ name }) => `${literal(name)}: 'VARCHAR'`);
  return {
    sql: `read_csv(${literal(path)}, ${options}${types.length === 0 ? "" : `, types = {${types.join(", ")}}`})`,
    columns,
  };
}
