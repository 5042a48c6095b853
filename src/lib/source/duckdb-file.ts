import { existsSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import * as z from "zod";
import { suggestion } from "../cli/suggestions.ts";
import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { ChurnError, ServiceError, UsageError } from "../errors.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { choosesDate, KNOWN_SOURCES, queryRelation, type SourceSettings } from "./query.ts";
import { type Relation, relationSession } from "./relation.ts";
import type { Source } from "./source.ts";

/** A DuckDB database file, read only. */
export function openDuckdbFile(settings: SourceSettings): Source {
  return {
    description: settings.description,
    choosesDate: choosesDate(settings.query),
    async open(db, { date }) {
      await attach(db, settings);
      const { query } = settings;
      const relation = query === undefined ? await tableRelation(db, settings) : await queryRelation(db, query, date);
      return relationSession(db, relation, () => detach(db));
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
  if (path.includes("?") && existsSync(`${path}.wal`)) {
    // It looks for the log without what follows the question mark, and reads the file as it was before.
    throw new UsageError(
      `source.url: DuckDB doesn't find ${description}.wal, the newest rows of ${description}, in a path with a question mark`,
      "give the file or the folder another name, or have the log written into the file (CHECKPOINT)",
    );
  }
  try {
    await db.run(`ATTACH ${literal(path)} AS source (READ_ONLY)`);
    await db.run("USE source");
  } catch (error) {
    if (/not a valid DuckDB database file/i.test(firstLine(error))) {
      throw new UsageError(`source.url: ${description} is not a DuckDB file`, KNOWN_SOURCES, { cause: error });
    }
    if (error instanceof ServiceError) throw error;
    throw new ServiceError(
      `source ${description} can't be opened: ${firstLine(error)}`,
      "does another program write to it at this moment? Run it again later",
      { cause: error },
    );
  }
}

/** Leaves the file to others: a program that waits to write to it needn't wait for the rest of the stage. */
async function detach(db: Database): Promise<void> {
  await db.run("USE memory.main");
  await db.run("DETACH source");
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
    sql: `source.${identifier(schema)}.${identifier(name)}`,
  }));
  const found =
    named.find(({ name }) => name === table) ?? named.find(({ name }) => name.toLowerCase() === table.toLowerCase());
  if (found === undefined) {
    if (named.length === 0)
      throw new UsageError(`${description} has no tables`, "source.url in churn.yaml names the file");
    const names = named.map(({ name }) => name);
    throw new UsageError(`${description} has no table ${table}`, `source.table: ${suggestion(table, names)}`);
  }
  const { sql } = found;
  const refusal = (error: unknown) =>
    error instanceof ChurnError
      ? error
      : new UsageError(
          `table ${table} of ${description} can't be read: ${firstLine(error)}`,
          "source.query in churn.yaml can leave out what fails",
          { cause: error },
        );
  try {
    return { sql, values: {}, columns: await describeColumns(db, sql), name: `table ${table}`, refusal };
  } catch (error) {
    throw refusal(error);
  }
}
