import { type FileHandle, mkdir, open, stat, statfs } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { counted, whole } from "../../cli/numbers.ts";
import type { Database } from "../../duckdb/database.ts";
import { firstLine, kindOf, withoutValues } from "../../duckdb/errors.ts";
import { fileLiteral, identifier, literal } from "../../duckdb/sql.ts";
import { ChurnError, ServiceError, UsageError } from "../../errors.ts";
import { machineError } from "../../files/machine-error.ts";
import { withUnfinished } from "../../files/unfinished.ts";
import { sourceShelter } from "../shelter.ts";

/** A column on its way from a server's CSV into a table. */
export interface StagedColumn {
  readonly name: string;
  /**
   * DuckDB's type that the CSV is read as. Never DATE, of which anything behind the date would be dropped, nor TIMESTAMPTZ, where
   * what can't be read would be NULL: TIMESTAMP fails loudly.
   */
  readonly declared: string;
  /** the value in its own type, as DuckDB's SQL over the one that was read */
  readonly made?: ((value: string) => string) | undefined;
}

/** What was written: how many rows the server says there are, and the longest one's bytes. */
export interface WrittenRows {
  readonly rows: number;
  readonly longest: number;
}

/** Files that rows are shared out to, whole rows each: at least one. */
export type RowFiles = readonly [FileHandle, ...FileHandle[]];

/** How rows come, and what sentences call the place. */
export interface StagedRows {
  /** "table customers in postgres://db/shop" */
  readonly place: string;
  /** what the file may take, as far as the server knows */
  readonly bytes?: number | undefined;
  /**
   * Writes the rows as CSV, each into any of the files: no header, "\n", texts in quotes where they need them, an empty one always,
   * NULL an empty field without quotes. Returns when the server has said that these are all.
   */
  write(files: RowFiles): Promise<WrittenRows>;
}

/**
 * DuckDB's parallel reader of one file takes a text whose lines look like rows for rows. So each file is read by one thread, and there
 * are several files.
 */
const FILES = Math.min(8, availableParallelism());
/** DuckDB takes the longest line into one buffer of a file. */
const LEAST_BUFFER = 16 * 1024 * 1024;
/** Beside the file: what spills, and the Parquet file where that lies on the same disk. */
const SPARE_BYTES = 64 * 1024 * 1024;

/**
 * Brings a server's rows into a new table: all of them, or none. They go to files that no other user can read; half a file would
 * load without an error, so they are read only once the server has said how many rows it sent, and the table's rows are counted against that.
 *
 * @param table  in SQL, with its database and schema
 * @returns the number of rows
 * @throws {ServiceError} when the disk has no room for it
 * @throws {UsageError} when DuckDB can't hold a value
 */
export async function loadStaged(
  db: Database,
  table: string,
  columns: readonly StagedColumn[],
  source: StagedRows,
): Promise<number> {
  const shelter = sourceShelter();
  await requireRoom(shelter.folder, source);
  return await withUnfinished(shelter, async (folder) => {
    const written = await writePrivate(folder, source);
    const loaded = await loadFiles(db, table, columns, written, source.place);
    if (loaded === written.rows) return loaded;
    await db.run(`DROP TABLE ${table}`);
    throw new ChurnError(
      1,
      `${source.place}: ${counted(written.rows, "row")} were sent and ${whole(loaded)} arrived; nothing was kept`,
      "this is a defect of churn: please report it",
    );
  });
}

async function requireRoom(folder: string, { place, bytes }: StagedRows): Promise<void> {
  if (bytes === undefined) return;
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes + SPARE_BYTES) return;
  throw new ServiceError(
    `${place} needs some ${gigabytes(bytes)} in ${folder} while it is loaded, and ${gigabytes(free)} are free`,
    "free some space, or set TMPDIR to a folder that has it",
  );
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Rows in files: those that have any, by their paths. */
interface FilledFiles extends WrittenRows {
  readonly paths: readonly string[];
}

async function writePrivate(folder: string, source: StagedRows): Promise<FilledFiles> {
  const paths = Array.from({ length: FILES }, (_, index) => join(folder, `${index}.csv`));
  await using files = await openPrivate(folder, paths);
  try {
    const written = await source.write(files.all);
    const sizes = await Promise.all(paths.map((path) => stat(path)));
    return { ...written, paths: paths.filter((_, index) => index === 0 || (sizes[index]?.size ?? 0) > 0) };
  } catch (error) {
    throw machineError(error, folder);
  }
}

async function openPrivate(folder: string, [first = "", ...more]: readonly string[]) {
  const opened: FileHandle[] = [];
  const close = async () => void (await Promise.all(opened.map((file) => file.close())));
  const make = async (path: string) => {
    const file = await open(path, "wx", 0o600);
    opened.push(file);
    return file;
  };
  try {
    await mkdir(folder, { mode: 0o700 });
    const all: [FileHandle, ...FileHandle[]] = [await make(first)];
    for (const path of more) all.push(await make(path));
    return { all, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw machineError(error, folder);
  }
}

async function loadFiles(
  db: Database,
  table: string,
  columns: readonly StagedColumn[],
  { paths, longest }: FilledFiles,
  place: string,
): Promise<number> {
  const alias = (index: number) => `c${index}`;
  const types = columns.map(({ declared }, index) => `${literal(alias(index))}: ${literal(declared)}`);
  const made = columns.map(
    ({ name, made: make }, index) => `${make?.(alias(index)) ?? alias(index)} AS ${identifier(name)}`,
  );
  const buffer = Math.max(LEAST_BUFFER, 2 * longest);
  const options = [
    "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', comment = '', new_line = '\\n'",
    `columns = {${types.join(", ")}}`,
    "nullstr = '', allow_quoted_nulls = false, strict_mode = true, compression = 'none', hive_partitioning = false",
    "parallel = false",
    `max_line_size = ${buffer}, buffer_size = ${buffer}`,
  ];
  try {
    const [loaded] = await db.rows(
      `CREATE TABLE ${table} AS SELECT ${made.join(", ")} FROM read_csv([${paths.map(fileLiteral).join(", ")}], ${options.join(", ")})`,
      z.object({ Count: z.int() }),
    );
    return loaded?.Count ?? 0;
  } catch (error) {
    throw unreadable(error, columns, place);
  }
}

/** What DuckDB can't hold: the column, and not the value, which is a customer's; a line of a file is no row that anyone could find. */
function unreadable(error: unknown, columns: readonly StagedColumn[], place: string): unknown {
  if (error instanceof ChurnError || kindOf(error) === undefined) return error;
  const text = error instanceof Error ? error.message : String(error);
  const line = /CSV Error on Line: (\d+)/.exec(text)?.[1];
  const index = /[Cc]olumn(?: with name:|:| Name:)? ?"?c(\d+)"?/.exec(text)?.[1] ?? /column "c(\d+)"/.exec(text)?.[1];
  const column = index === undefined ? undefined : columns[Number(index)];
  const what =
    column !== undefined
      ? `${column.name} has a value that can't be read as ${column.declared}`
      : line !== undefined
        ? "a row can't be read"
        : withoutValues(firstLine(error));
  return new UsageError(
    `${place}: ${what}`,
    "source.query in churn.yaml can cast it, or make NULL of it; dataset.exclude leaves the column in the source",
    { cause: error },
  );
}
