import { open } from "node:fs/promises";
import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { describeColumns, type TypedColumn } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { identifier } from "../duckdb/sql.ts";
import { TryLaterError, UsageError } from "../errors.ts";
import { machineError } from "../files/machine-error.ts";
import { type FileFormat, openFiles } from "./files.ts";
import { fileName, literalFiles, readerOptions } from "./paths.ts";
import { KNOWN_SOURCES, type SourceSettings } from "./query.ts";
import type { Source } from "./source.ts";
import { replaceColumns } from "./typed-relation.ts";

/** Parquet files, one or many. */
export function openParquet(settings: SourceSettings): Source {
  return openFiles(settings, PARQUET);
}

const PARQUET: FileFormat = {
  name: "Parquet",
  async read(db, found, settings) {
    for (const file of found.files) await requireWhole(file, fileName(settings, file));
    const list = literalFiles(found.files);
    const columns = await describeColumns(db, readParquet(list));
    const text = await textOfBinary(db, list, columns);
    const instants = await instantColumns(db, list, columns, settings);
    const replaced = [
      ...text.decoded.map((name) => ({ name, type: "VARCHAR", expression: `decode(${identifier(name)})` })),
      ...instants.map((name) => ({ name, type: INSTANT, expression: `${identifier(name)} AT TIME ZONE 'UTC'` })),
    ];
    const sql = readParquet(list, `${readerOptions(found)}${text.options}`);
    return replaceColumns({ sql, columns: text.columns }, replaced);
  },
};

function readParquet(list: string, options = "hive_partitioning = false"): string {
  return `read_parquet(${list}, union_by_name = true, ${options})`;
}

const INSTANT = "TIMESTAMP WITH TIME ZONE";

/**
 * Binary that no annotation explains is text where each of its values is valid UTF-8: so Impala, Hive and Spark of old write
 * text. All else stays binary.
 *
 * @returns the columns as they are then, with the reader's option or the columns to decode that make them so
 */
async function textOfBinary(
  db: Database,
  list: string,
  columns: readonly TypedColumn[],
): Promise<{ columns: readonly TypedColumn[]; options: string; decoded: readonly string[] }> {
  const binary = columns.filter(({ type }) => /\bBLOB\b/.test(type)).map(({ name }) => name);
  if (binary.length === 0) return { columns, options: "", decoded: [] };
  const asText = ", binary_as_string = true";
  const read = readParquet(list, `hive_partitioning = false${asText}`);
  const lengths = binary.map((name) => `max(length(CAST(${identifier(name)} AS VARCHAR)))`);
  try {
    await db.rows(`SELECT ${lengths.join(", ")} FROM ${read}`, z.unknown());
    return { columns: await describeColumns(db, read), options: asText, decoded: [] };
  } catch (error) {
    if (!/not valid UTF8/i.test(firstLine(error))) throw error;
  }
  // One that isn't text keeps the option from all.
  const whole = columns.filter(({ type }) => type === "BLOB").map(({ name }) => name);
  const valid = whole.map((name, index) => {
    const column = identifier(name);
    return `count(${column}) = count(TRY(decode(${column}))) AS c${index}`;
  });
  if (valid.length === 0) return { columns, options: "", decoded: [] };
  const [found = {}] = await db.rows(
    `SELECT ${valid.join(", ")} FROM ${readParquet(list)}`,
    z.record(z.string(), z.boolean()),
  );
  return { columns, options: "", decoded: whole.filter((_, index) => found[`c${index}`] === true) };
}

/**
 * The columns that hold instants although DuckDB reads them as times without a zone: INT96 is what Spark and Impala write for
 * an instant, in UTC, and there is no place in it that says so.
 *
 * @throws {UsageError} when a column is INT96 in some files and a time without a zone in others: they mean different things
 */
async function instantColumns(
  db: Database,
  list: string,
  columns: readonly TypedColumn[],
  { description }: SourceSettings,
): Promise<readonly string[]> {
  const times = columns.filter(({ type }) => /^TIMESTAMP(_NS)?$/.test(type));
  if (times.length === 0) return [];
  const stored = await db.rows(
    `SELECT DISTINCT lower(path_in_schema) AS name, type = 'INT96' AS instant FROM parquet_metadata(${list})`,
    z.object({ name: z.string(), instant: z.boolean() }),
  );
  const isStored = (name: string, instant: boolean) =>
    stored.some((column) => column.name === name.toLowerCase() && column.instant === instant);
  const instants = times.map(({ name }) => name).filter((name) => isStored(name, true));
  const mixed = instants.find((name) => isStored(name, false));
  if (mixed !== undefined) {
    throw new UsageError(
      `source.url: column ${mixed} of ${description} is INT96, an instant, in some files and a time without a zone in others`,
      "have the older files written anew, in one way",
    );
  }
  return instants;
}

/** What every Parquet file begins and ends with; PARE, where the last part is encrypted. */
const MAGIC = "PAR1";

/** The last part says where all others are, and is written last. */
async function requireWhole(path: string, name: string): Promise<void> {
  const { size, start, end } = await edgesOf(path);
  if (start === MAGIC && end === MAGIC && size > 2 * MAGIC.length) return;
  if (start === "PARE") {
    throw new UsageError(
      `source.url: ${name} is encrypted Parquet`,
      "have it written without encryption of its footer",
    );
  }
  if (!start.startsWith(MAGIC.slice(0, Math.min(size, MAGIC.length)))) {
    throw new UsageError(`source.url: ${name} is not a Parquet file`, KNOWN_SOURCES);
  }
  throw new TryLaterError(
    `source.url: ${name} is not whole: ${size === 0 ? "it is empty" : "its end is missing"}`,
    "run it again once it is written",
  );
}

async function edgesOf(path: string): Promise<{ size: number; start: string; end: string }> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(MAGIC.length);
      const read = async (position: number) => {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        return buffer.toString("latin1", 0, bytesRead);
      };
      return { size, start: await read(0), end: await read(Math.max(0, size - MAGIC.length)) };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw machineError(error, path);
  }
}
