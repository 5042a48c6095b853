import { dirname, relative } from "node:path";
import * as z from "zod";
import { identifier, literal } from "../duckdb/sql.ts";
import { UsageError } from "../errors.ts";
import type { TypedRelation } from "./typed-relation.ts";

/** A column whose values stand in the names of folders: day=2026-11-23/part.parquet. */
export interface PartitionColumn {
  readonly name: string;
  /** by all its values: integers, days of the calendar, or text */
  readonly type: "BIGINT" | "DATE" | "VARCHAR";
  /** its value as text, in SQL, over the column `filename` that DuckDB adds to what it reads */
  readonly text: string;
}

/** How Spark, Hive and DuckDB write a null. */
const NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__";

/** What people read when a file says something else than its folder; found in DuckDB's error by these words. */
const CONTRADICTION = "a file's own column says something else than its folder";

/** Whether a folder's name gives a column a value. */
export function isKeyValue(name: string): boolean {
  return /^[^=]+=/.test(name);
}

/**
 * The columns that the folders between `folder` and the files stand for.
 *
 * @param files  absolute
 * @throws {UsageError} when the files don't all lie in folders of the same columns
 */
export function partitionColumns(folder: string, files: readonly string[], of: string): PartitionColumn[] {
  const paths = files.map((file) => ({ file: relative(folder, file), pairs: pairsOf(relative(folder, file)) }));
  const keys = paths[0]?.pairs.map(({ key }) => key) ?? [];
  const odd = paths.find(({ pairs }) => String(pairs.map(({ key }) => key)) !== String(keys));
  if (odd !== undefined) {
    throw new UsageError(
      `source.url: the folders of ${of} don't all give the same columns: see ${paths[0]?.file} and ${odd.file}`,
      "a pattern that leaves out what is no part of the table",
    );
  }
  if (new Set(keys.map((key) => decoded(key).toLowerCase())).size < keys.length) {
    throw new UsageError(
      `source.url: the folders of ${of} give a column twice: see ${paths[0]?.file}`,
      "give one of the folders another name",
    );
  }
  // One walk over all: there may be a folder for each day of years.
  return keys.map((key, index) => {
    const values = new Set(paths.map(({ pairs }) => pairs[index]?.value ?? NULL_FOLDER));
    values.delete(NULL_FOLDER);
    return { name: decoded(key), type: typeOf([...values].map(decoded)), text: textSql(folder, key) };
  });
}

/**
 * A relation of files with the columns of their folders. As with Spark a folder's column stands for one of that name in the
 * files; a row of another value is refused, when it is read.
 *
 * @param relation  with the column `filename`, which isn't among `columns`
 * @param text      columns that are text whatever they look like
 */
export function withPartitions(
  { sql, columns }: TypedRelation,
  partitions: readonly PartitionColumn[],
  text: readonly string[],
): TypedRelation {
  if (partitions.length === 0) return { sql, columns };
  const left = new Map(partitions.map((partition) => [partition.name.toLowerCase(), partition]));
  const parts: { name: string; type: string; expression: string }[] = [];
  for (const { name, type } of columns) {
    const partition = left.get(name.toLowerCase());
    left.delete(name.toLowerCase());
    const own = identifier(name);
    if (partition === undefined) {
      parts.push({ name, type, expression: own });
      continue;
    }
    const to = text.includes(name) ? "VARCHAR" : partition.type;
    const value = `CAST(${partition.text} AS ${to})`;
    const differs = `${own} IS NOT NULL AND TRY_CAST(${own} AS ${to}) IS DISTINCT FROM ${value}`;
    parts.push({ name, type: to, expression: `CASE WHEN ${differs} THEN error(${message(name)}) ELSE ${value} END` });
  }
  for (const partition of left.values()) {
    const type = text.includes(partition.name) ? "VARCHAR" : partition.type;
    parts.push({ name: partition.name, type, expression: `CAST(${partition.text} AS ${type})` });
  }
  const list = parts.map(({ name, expression }) => `${expression} AS ${identifier(name)}`);
  return { sql: `(SELECT ${list.join(", ")} FROM ${sql})`, columns: parts.map(({ name, type }) => ({ name, type })) };

  function message(name: string): string {
    return `${literal(`${CONTRADICTION}: ${name}, in `)} || filename`;
  }
}

/** What a refusal of `withPartitions` says to people, or undefined where DuckDB's error is another. */
export function contradiction(error: unknown): string | undefined {
  const text = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
  const start = text.indexOf(CONTRADICTION);
  return start === -1 ? undefined : text.slice(start);
}

/** The keys and values of a path's folders, as they are written there. */
function pairsOf(path: string): { key: string; value: string }[] {
  const folders = dirname(path).split("/").filter(isKeyValue);
  return folders.map((name) => ({ key: name.slice(0, name.indexOf("=")), value: name.slice(name.indexOf("=") + 1) }));
}

function typeOf(values: readonly string[]): PartitionColumn["type"] {
  if (values.length === 0) return "VARCHAR";
  const isInteger = (value: string) => /^-?\d{1,19}$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value);
  if (values.every(isInteger)) return "BIGINT";
  const isDay = (value: string) => z.iso.date().safeParse(value).success;
  return values.every(isDay) ? "DATE" : "VARCHAR";
}

/** DuckDB passes over the files whose name can't fulfil a condition on this, without opening them. */
function textSql(folder: string, key: string): string {
  // Characters, as DuckDB counts them.
  const start = folder === "/" ? 1 : [...folder].length + 1;
  const pattern = `/${key.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}=([^/]*)/`;
  const raw = `nullif(regexp_extract(substr(filename, ${start}), ${literal(pattern)}, 1), ${literal(NULL_FOLDER)})`;
  return `coalesce(TRY(url_decode(${raw})), ${raw})`;
}

/** Spark and Hive write some characters as %41, DuckDB also those beyond ASCII, as UTF-8. What can't be meant so is itself. */
function decoded(text: string): string {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, (codes) => utf8.decode(Buffer.from(codes.replaceAll("%", ""), "hex")));
  } catch {
    return text;
  }
}
