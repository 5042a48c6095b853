import type { Database } from "../duckdb/database.ts";
import { firstLine } from "../duckdb/errors.ts";
import { identifier } from "../duckdb/sql.ts";
import { ChurnError, UsageError } from "../errors.ts";
import { contradiction, withPartitions } from "./partitions.ts";
import { type FoundFiles, findFiles } from "./paths.ts";
import { choosesDate, KNOWN_SOURCES, queryRelation, type SourceSettings } from "./query.ts";
import { relationSession } from "./relation.ts";
import type { Source, SourceSession } from "./source.ts";
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
   * @param text  columns that are text whatever they look like
   * @throws {ChurnError} when the files aren't what they are called
   */
  read(db: Database, found: FoundFiles, settings: SourceSettings, text: readonly string[]): Promise<TypedRelation>;
  /** columns that number the rows and that no person has named, where the files say so */
  indexes?(db: Database, found: FoundFiles): Promise<readonly string[]>;
  /** DuckDB's error in a sentence of its own, or undefined where its first line says it. */
  refusal?(error: unknown, settings: SourceSettings): ChurnError | undefined;
}

/** Files of one format as one table, one or many; their columns are matched by name. */
export function openFiles(settings: SourceSettings, format: FileFormat): Source {
  const { description, query } = settings;
  const refusal = (error: unknown) => refusalOf(error, settings, format);
  return {
    description,
    choosesDate: choosesDate(query),
    async open(db, { date, text }) {
      const found = await findFiles(settings);
      const written = await watchFiles(settings, found.files);
      try {
        const files = withPartitions(await format.read(db, found, settings, text), found.partitions, text);
        const indexes = (await format.indexes?.(db, found)) ?? [];
        return { ...heldStill(db, await filesSession(files), written), indexes };
      } catch (error) {
        throw (await written()) ?? refusal(error);
      }

      async function filesSession(files: TypedRelation): Promise<SourceSession> {
        if (query === undefined) {
          return relationSession(db, { ...files, values: {}, name: description, refusal }, async () => {});
        }
        const table = identifier(settings.table ?? TABLE);
        await db.run(`CREATE TEMP VIEW ${table} AS SELECT * FROM ${files.sql}`);
        return relationSession(db, await queryRelation(db, query, date), () => db.run(`DROP VIEW ${table}`));
      }
    },
  };
}

function refusalOf(error: unknown, settings: SourceSettings, format: FileFormat): unknown {
  if (error instanceof ChurnError) return error;
  const known = format.refusal?.(error, settings);
  if (known !== undefined) return known;
  const reason = contradiction(error);
  return new UsageError(
    `source.url: ${settings.description} can't be read as ${format.name}: ${reason ?? firstLine(error)}`,
    reason === undefined
      ? KNOWN_SOURCES
      : "name the files so that the folder stands before the first wildcard: then it is no column",
    { cause: error },
  );
}
