import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { describeColumns, type TypedColumn } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { fileLiteral, identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { SourceSettings } from "./query.ts";
import type { SourceRequest } from "./source.ts";
import type { ReplacedColumn } from "./typed-relation.ts";

/**
 * Parquet files as something to SELECT from, columns matched by name.
 *
 * @param list  of files, in SQL
 */
export function readParquet(list: string, options = "hive_partitioning = false"): string {
  return `read_parquet(${list}, union_by_name = true, ${options})`;
}

/** What makes text of binary columns: an option of the reader, or an expression for each. */
export interface TextOfBinary {
  /** all columns, as the option makes them */
  readonly columns: readonly TypedColumn[];
  readonly options: string;
  readonly replaced: readonly ReplacedColumn[];
}

/**
 * Binary that no annotation explains is text where each of its values is valid UTF-8: so Impala, Hive and Spark of old write
 * text. All else stays binary.
 *
 * @param list  of files, in SQL
 */
export async function textOfBinary(db: Database, list: string, columns: readonly TypedColumn[]): Promise<TextOfBinary> {
  const binary = columns.filter(({ type }) => /\bBLOB\b/.test(type)).map(({ name }) => name);
  if (binary.length === 0) return { columns, options: "", replaced: [] };
  const asText = ", binary_as_string = true";
  const read = readParquet(list, `hive_partitioning = false${asText}`);
  const lengths = binary.map((name) => `max(length(CAST(${identifier(name)} AS VARCHAR)))`);
  try {
    await db.rows(`SELECT ${lengths.join(", ")} FROM ${read}`, z.unknown());
    return { columns: await describeColumns(db, read), options: asText, replaced: [] };
  } catch (error) {
    if (!/not valid UTF8/i.test(firstLine(error))) throw error;
  }
  // One that isn't text keeps the option from all.
  const whole = columns.filter(({ type }) => type === "BLOB").map(({ name }) => name);
  const valid = whole.map((name, index) => {
    const column = identifier(name);
    return `count(${column}) = count(TRY(decode(${column}))) AS c${index}`;
  });
  if (valid.length === 0) return { columns, options: "", replaced: [] };
  const [found = {}] = await db.rows(
    `SELECT ${valid.join(", ")} FROM ${readParquet(list)}`,
    z.record(z.string(), z.boolean()),
  );
  const text = whole.filter((_, index) => found[`c${index}`] === true);
  return {
    columns,
    options: "",
    replaced: text.map((name) => ({ name, type: "VARCHAR", expression: `decode(${identifier(name)})` })),
  };
}

/**
 * The columns that hold instants although DuckDB reads them as times without a zone: INT96 is what Spark and Impala write for
 * an instant, in UTC, and there is no place in it that says so.
 *
 * @throws {UsageError} when a column is INT96 in some files and a time without a zone in others: they mean different things
 */
export async function instantColumns(
  db: Database,
  list: string,
  columns: readonly TypedColumn[],
  { description }: SourceSettings,
): Promise<readonly ReplacedColumn[]> {
  const times = columns.filter(({ type }) => /^TIMESTAMP(_NS)?$/.test(type));
  if (times.length === 0) return [];
  const stored = await db.rows(
    `SELECT DISTINCT path_in_schema AS name, type = 'INT96' AS instant FROM parquet_metadata(${list})`,
    z.object({ name: z.string(), instant: z.boolean() }),
  );
  const isStored = (name: string, instant: boolean) =>
    stored.some((column) => column.name.toLowerCase() === name.toLowerCase() && column.instant === instant);
  const instants = times.map(({ name }) => name).filter((name) => isStored(name, true));
  const mixed = instants.find((name) => isStored(name, false));
  if (mixed !== undefined) {
    throw new UsageError(
      `source.url: column ${mixed} of ${description} is INT96, an instant, in some files and a time without a zone in others`,
      "have the older files written anew, in one way",
    );
  }
  return instants.map((name) => ({
    name,
    type: "TIMESTAMP WITH TIME ZONE",
    expression: `${identifier(name)} AT TIME ZONE 'UTC'`,
  }));
}

/**
 * Refuses a column that is text in some files and a number, a boolean or a date in others: DuckDB makes text of all of them, and
 * each number would be a category. Who has decided what it is, dataset.types, an earlier night or a query, is not asked.
 *
 * @param list     of files, in SQL
 * @param columns  as all files together have them
 * @throws {UsageError} naming the column and two of the files
 */
export async function requireOneSort(
  db: Database,
  list: string,
  columns: readonly TypedColumn[],
  { description, query }: SourceSettings,
  { text, files }: SourceRequest,
): Promise<void> {
  if (query !== undefined || files === undefined) return;
  const { date, exclude, types } = files.dataset;
  const decided = new Set([date, ...text, ...exclude, ...Object.keys(types)]);
  const open = columns.filter(({ name, type }) => type === "VARCHAR" && !decided.has(name)).map(({ name }) => name);
  if (open.length === 0) return;
  const stored = await db.rows(
    `SELECT path_in_schema AS name, type IN ('BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY') AS text, list(DISTINCT file_name) AS files
     FROM parquet_metadata(${list}) GROUP BY ALL ORDER BY ALL`,
    z.object({ name: z.string(), text: z.boolean(), files: z.array(z.string()) }),
  );
  for (const name of open) {
    const same = stored.filter((column) => column.name.toLowerCase() === name.toLowerCase());
    if (!same.some((column) => !column.text) || !same.some((column) => column.text)) continue;
    const filesOf = (text: boolean) => same.filter((column) => column.text === text).flatMap(({ files: of }) => of);
    const words = await firstWithValue(db, name, filesOf(true));
    const other = await firstWithValue(db, name, filesOf(false));
    if (other === undefined || words === undefined) continue;
    throw new UsageError(
      `source.url: column ${name} of ${description} is text in some files, ${words} among them, and not in others, such as ${other}`,
      `dataset: { types: { ${name}: … } } in churn.yaml says what it is: numeric, categorical, boolean, date or ignore`,
    );
  }
}

/** The first of some files that has a value in a column: one without any says nothing, whatever type its writer gave it. */
async function firstWithValue(db: Database, name: string, files: readonly string[]): Promise<string | undefined> {
  for (const file of [...files].sort()) {
    const [found] = await db.rows(
      `SELECT count(${identifier(name)}) > 0 AS found FROM ${readParquet(`[${fileLiteral(file)}]`)}`,
      z.object({ found: z.boolean() }),
    );
    if (found?.found) return file;
  }
  return undefined;
}
