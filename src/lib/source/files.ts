import { statSync } from "node:fs";
import * as z from "zod";
import { counted, whole } from "../cli/numbers.ts";
import type { Database } from "../duckdb/database.ts";
import { duckdbError } from "../duckdb/errors.ts";
import { identifier } from "../duckdb/sql.ts";
import { ChurnError, ServiceError, UsageError } from "../errors.ts";
import { confine } from "./confine.ts";
import { requireMarker } from "./marker.ts";
import { contradiction, withPartitions } from "./partitions.ts";
import { type FoundFiles, findFiles } from "./paths.ts";
import { KNOWN_SOURCES, queryRelation, type SourceSettings } from "./query.ts";
import { choosesDate } from "./query-text.ts";
import { refusal } from "./refusal.ts";
import { relationSession } from "./relation.ts";
import type { CsvFacts, Source, SourceRequest, SourceSession } from "./source.ts";
import type { TypedRelation } from "./typed-relation.ts";
import { heldStill, watchFiles } from "./unchanged.ts";

/** What a query calls the files when source.table gives them no other name. */
const TABLE = "customers";

/** What tells one kind of files from another. */
export interface FileFormat {
  /** for messages: "Parquet" */
  readonly name: string;
  /**
   * The files as something to SELECT from, and their columns, without those of their folders. Where the folders have columns,
   * there is a column `filename` too.
   *
   * @throws {ChurnError} when the files aren't what they are called
   */
  read(db: Database, found: FoundFiles, settings: SourceSettings, request: SourceRequest): Promise<ReadFiles>;
  /** columns that number the rows and that no person has named, where the files say so */
  indexes?(db: Database, found: FoundFiles): Promise<readonly string[]>;
  /** DuckDB's error in a sentence of its own, or undefined where its first line says it. */
  refusal?(error: unknown, settings: SourceSettings): ChurnError | undefined;
}

/** What a format makes of files. */
export interface ReadFiles extends TypedRelation {
  /** how many rows there are, where that is known: so many have to come */
  readonly rows?: number;
  readonly csv?: CsvFacts;
  /** of copies that are read instead of files */
  readonly folder?: string | undefined;
  /** takes away what only reading needs */
  readonly close?: () => void;
}

/** Files of one format as one table, one or many; their columns are matched by name. */
export function openFiles(settings: SourceSettings, format: FileFormat): Source {
  const { description, query } = settings;
  const refused = (error: unknown) => refusalOf(error, settings, format);
  return {
    description,
    choosesDate: choosesDate(query),
    async filesBytes(awaited) {
      // Why they can't be found is told by whoever reads them.
      const { files } = await findFiles(settings, awaited).catch((error: unknown) => {
        if (!(error instanceof ChurnError)) throw error;
        return { files: [] };
      });
      const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
      return files.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0);
    },
    async open(db, request) {
      const { date, today = date } = request;
      const found = await findFiles(settings, { date, today });
      const written = await watchFiles(settings, found.files, { date, today });
      if (request.complete !== false) await requireMarker(settings, found, { date, today });
      let read: ReadFiles | undefined;
      try {
        read = await format.read(db, found, settings, request);
        const files = withPartitions(read, found.partitions, request.text);
        if (query !== undefined) {
          // A pattern that begins at the root names files, and not the whole machine.
          const own = [found.folder, read.folder ?? found.folder].filter((folder) => folder !== "/");
          await confine(db, settings, found.files, [...own, ...(request.folders ?? [])]);
        }
        const session = await filesSession(db, files, date);
        const indexes = (await format.indexes?.(db, found)) ?? [];
        return { ...heldStill(db, complete(db, session, read, settings), written), indexes };
      } catch (error) {
        read?.close?.();
        throw (await written()) ?? refused(error);
      }
    },
  };

  async function filesSession(db: Database, files: TypedRelation, date: string): Promise<SourceSession> {
    if (query === undefined) {
      return relationSession(db, { ...files, values: {}, name: description, refusal: refused }, async () => {});
    }
    const table = identifier(settings.table ?? TABLE);
    await db.run(`CREATE TEMP VIEW ${table} AS SELECT * FROM ${files.sql}`);
    return relationSession(db, await queryRelation(db, query, date), () => db.run(`DROP VIEW ${table}`));
  }
}

/** A session that brings no fewer rows than there are, and no more. */
function complete(
  db: Database,
  session: SourceSession,
  files: ReadFiles,
  { description, query }: SourceSettings,
): SourceSession {
  const { rows, sql, csv, close } = files;
  return {
    ...session,
    ...(csv === undefined ? {} : { csv }),
    async load(table, wanted) {
      if (rows === undefined) return await session.load(table, wanted);
      // All rows count themselves; those of a day or a query are counted before.
      const isAll = query === undefined && wanted.day === undefined;
      if (!isAll) requireAll(await countRows(db, sql), rows, description);
      const loaded = await session.load(table, wanted);
      if (isAll) requireAll(loaded, rows, description);
      return loaded;
    },
    async [Symbol.asyncDispose]() {
      await session[Symbol.asyncDispose]();
      close?.();
    },
  };
}

async function countRows(db: Database, sql: string): Promise<number> {
  const [read] = await db.rows(`SELECT count(*) AS rows FROM ${sql}`, z.object({ rows: z.int() }));
  return read?.rows ?? 0;
}

function requireAll(read: number, rows: number, description: string): void {
  if (read === rows) return;
  throw new ServiceError(
    `source.url: ${description} has ${counted(rows, "row")}, and DuckDB reads ${whole(read)}: nothing was kept`,
    "this is a defect, of the file or of churn: please report it with some of the file's lines",
  );
}

function refusalOf(error: unknown, settings: SourceSettings, format: FileFormat): unknown {
  if (error instanceof ChurnError && duckdbError(error) === error) return error;
  const known = format.refusal?.(error, settings);
  if (known !== undefined) return known;
  const subject = `source.url: ${settings.description} can't be read as ${format.name}`;
  const reason = contradiction(error);
  if (reason !== undefined) {
    return new UsageError(
      `${subject}: ${reason}`,
      "name the files so that the folder stands before the first wildcard: then it is no column",
      { cause: error },
    );
  }
  return refusal(error, { subject, hint: KNOWN_SOURCES });
}
