import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { describeColumns, type TypedColumn } from "../duckdb/describe.ts";
import { firstLine } from "../duckdb/errors.ts";
import { identifier } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { SourceSettings } from "./query.ts";
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
