import { access, constants } from "node:fs/promises";
import * as z from "zod";
import { suggestion } from "../cli/suggestions.ts";
import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { ServiceError, UsageError } from "../errors.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { choosesDate, queryRelation, type SourceSettings } from "./query.ts";
import type { Relation, Source, Wanted } from "./source.ts";

/** A DuckDB database file, read only. */
export function openDuckdbFile(settings: SourceSettings): Source {
  return {
    description: settings.description,
    choosesDate: choosesDate(settings.query),
    async open(db, wanted) {
      await attach(db, settings);
      return settings.query === undefined
        ? tableRelation(db, settings)
        : queryRelation(db, settings.query, wanted satisfies Wanted);
    },
  };
}

async function attach(db: Database, { path, description }: SourceSettings): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    if (errorCode(error) === "ENOENT") {
      throw new UsageError(`source.url: there is no file ${description}`, `it is looked for at ${path}`, {
        cause: error,
      });
    }
    throw machineError(error, path);
  }
  try {
    await db.run(`ATTACH IF NOT EXISTS ${literal(path)} AS source (READ_ONLY)`);
    await db.run("USE source");
  } catch (error) {
    if (/not a valid DuckDB database file/i.test(firstLine(error))) {
      throw new UsageError(
        `source.url: ${description} is not a DuckDB file`,
        "duckdb:FILE, parquet:FILES and csv:FILES are known",
        { cause: error },
      );
    }
    if (error instanceof ServiceError) throw error;
    throw new ServiceError(
      `source ${description} can't be opened: ${firstLine(error)}`,
      "does another program write to it at this moment? Run it again later",
      { cause: error },
    );
  }
}

async function tableRelation(db: Database, { table, description }: SourceSettings): Promise<Relation> {
  if (table === undefined) {
    throw new UsageError("source.table is missing", "source.table or source.query in churn.yaml says what to read");
  }
  const tables = await db.rows(
    `SELECT schema_name AS schema, table_name AS name FROM duckdb_tables() WHERE database_name = 'source'
     UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = 'source' AND NOT internal
     ORDER BY ALL`,
    z.object({ schema: z.string(), name: z.string() }),
  );
  const named = tables.map(({ schema, name }) => ({
    name: schema === "main" ? name : `${schema}.${name}`,
    sql: `${identifier(schema)}.${identifier(name)}`,
  }));
  const found =
    named.find(({ name }) => name === table) ?? named.find(({ name }) => name.toLowerCase() === table.toLowerCase());
  if (found === undefined) {
    if (named.length === 0)
      throw new UsageError(`${description} has no tables`, "source.url in churn.yaml names the file");
    const names = named.map(({ name }) => name);
    throw new UsageError(`${description} has no table ${table}`, `source.table: ${suggestion(table, names)}`);
  }
  return { sql: found.sql, values: {}, columns: await describeColumns(db, found.sql), name: `table ${table}` };
}
