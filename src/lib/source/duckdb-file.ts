import { dirname } from "node:path";
import * as z from "zod";
import { suggestion } from "../cli/suggestions.ts";
import type { Database } from "../duckdb/database.ts";
import { describeColumns } from "../duckdb/describe.ts";
import { kindOf } from "../duckdb/errors.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import { attach, databaseNames } from "./attach.ts";
import { confine } from "./confine.ts";
import { requireMarker } from "./marker.ts";
import { askReady, queryRelation, type SourceSettings } from "./query.ts";
import { choosesDate, requireTable } from "./query-text.ts";
import type { Awaited } from "./ready.ts";
import { refusal } from "./refusal.ts";
import { type Relation, relationSession } from "./relation.ts";
import { searchPath } from "./search-path.ts";
import type { Source, SourceSession } from "./source.ts";

/** A DuckDB database file, read only. */
export function openDuckdbFile(settings: SourceSettings): Source {
  return {
    description: settings.description,
    choosesDate: choosesDate(settings.query),
    async open(db, { date, today = date, complete, folders = [] }) {
      const awaited = { date, today };
      const asked = complete === false ? { ...settings, ready: undefined, require: undefined } : settings;
      await confine(db, settings, [settings.path], [...folders, dirname(logLookedFor(settings.path))]);
      const [own = "source", ...others] = databaseNames(settings.path);
      try {
        return await openUnder(own, db, asked, awaited);
      } catch (error) {
        if (!goesByName(error)) throw error;
        for (const name of others) {
          try {
            return await openUnder(name, db, asked, awaited);
          } catch (again) {
            if (!goesByName(again)) throw again;
          }
        }
        throw error;
      }
    },
  };
}

/** Where DuckDB looks for the log of a file: before a question mark of its path, in a folder that isn't there then. */
function logLookedFor(path: string): string {
  const mark = path.indexOf("?");
  return mark === -1 ? `${path}.wal` : `${path.slice(0, mark)}.wal${path.slice(mark)}`;
}

/** Whether what failed may work where the file has another name: a query may say source.customers, a schema be called as the file. */
function goesByName(error: unknown): boolean {
  return error instanceof UsageError && /^(?:Binder|Catalog)$/.test(kindOf(error.cause) ?? "");
}

async function openUnder(
  name: string,
  db: Database,
  settings: SourceSettings,
  awaited: Awaited,
): Promise<SourceSession> {
  await attach(db, name, settings, awaited);
  try {
    const { path, query, ready, description } = settings;
    await requireMarker(settings, { files: [path], folder: dirname(path) }, awaited);
    const within = searchPath(db, name);
    const relation =
      query === undefined
        ? await tableRelation(db, name, settings)
        : { ...(await within(() => queryRelation(db, query, awaited.date))), within };
    if (ready !== undefined) await within(() => askReady(db, ready, description, awaited));
    return relationSession(db, relation, () => detach(db, name));
  } catch (error) {
    // What damage has made useless lets nothing go either, and what is to be told is the first error.
    await detach(db, name).catch(() => {});
    throw error;
  }
}

/** Leaves the file to others: a program that waits to write to it needn't wait for the rest of the stage. */
async function detach(db: Database, name: string): Promise<void> {
  await db.run(`DETACH ${identifier(name)}`);
}

async function tableRelation(
  db: Database,
  database: string,
  { table: asked, description }: SourceSettings,
): Promise<Relation> {
  const table = requireTable(asked);
  const tables = await db.rows(
    `SELECT schema_name AS schema, table_name AS name FROM duckdb_tables() WHERE database_name = ${literal(database)}
     UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = ${literal(database)} AND NOT internal
     ORDER BY ALL`,
    z.object({ schema: z.string(), name: z.string() }),
  );
  const known = tables.map(({ schema, name }) => ({
    // The first is the one to suggest.
    names: [...(schema === "main" ? [name] : []), `${schema}.${name}`, `${database}.${schema}.${name}`],
    sql: [database, schema, name].map(identifier).join("."),
  }));
  const called = (isIt: (name: string) => boolean) => known.find(({ names }) => names.some(isIt));
  const like = (asked: string) => called((name) => name.toLowerCase() === asked.toLowerCase());
  const found = called((name) => name === table) ?? like(table) ?? like(unquoted(table));
  if (found === undefined) {
    if (known.length === 0)
      throw new UsageError(`${description} has no tables`, "source.url in churn.yaml names the file");
    const names = known.map(({ names: [first = ""] }) => first);
    throw new UsageError(`${description} has no table ${table}`, `source.table: ${suggestion(table, names)}`);
  }
  const { sql } = found;
  const refused = (error: unknown) =>
    refusal(error, {
      subject: `table ${table} of ${description} can't be read`,
      hint: "source.query in churn.yaml can leave out what fails",
    });
  try {
    return { sql, values: {}, columns: await describeColumns(db, sql), name: `table ${table}`, refusal: refused };
  } catch (error) {
    throw refused(error);
  }
}

/** A table's name without the quotes that SQL has around its parts: "main"."my table" → main.my table */
function unquoted(table: string): string {
  const parts = table.match(/"(?:[^"]|"")+"|[^".]+/g) ?? [];
  if (!table.includes('"') || parts.join(".") !== table) return table;
  return parts.map((part) => part.replace(/^"(.*)"$/s, "$1").replaceAll('""', '"')).join(".");
}
