import { resolve } from "node:path";
import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { pathFrom } from "../files/path-from.ts";
import { openCsv } from "./csv/csv.ts";
import { openDuckdbFile } from "./duckdb-file.ts";
import { openJsonLines } from "./json-lines.ts";
import { openParquet } from "./parquet.ts";
import type { Source } from "./source.ts";

const SCHEMES = ["duckdb", "parquet", "csv", "jsonl"] as const;

/**
 * The source that churn.yaml names.
 *
 * @param root  the workspace's folder; relative paths start there
 * @throws {UsageError} when the URL's scheme is unknown
 */
export function openSource(source: Config["source"], root: string): Source {
  const separator = source.url.indexOf(":");
  const scheme = source.url.slice(0, Math.max(0, separator));
  const place = source.url.slice(separator + 1);
  if (place === "") throw new UsageError(`source.url: ${source.url} names no file`, urlHint);
  const settings = {
    root: resolve(root),
    path: pathFrom(root, place),
    description: place,
    table: source.table,
    query: source.query,
    files: (source.files ?? []).map((folder) => resolve(root, folder)),
  };
  if (scheme === "duckdb") return openDuckdbFile(settings);
  if (scheme === "parquet") return openParquet(settings);
  if (scheme === "csv") return openCsv(settings, source.csv);
  if (scheme === "jsonl") return openJsonLines(settings);
  throw new UsageError(
    `source.url: unknown kind of source ${scheme === "" ? source.url : `${scheme}:`}, known are ${SCHEMES.map((known) => `${known}:`).join(", ")}`,
    urlHint,
  );
}

const urlHint =
  "source: { url: duckdb:customers.duckdb, table: customers } in churn.yaml, or parquet:FILES, csv:FILES, jsonl:FILES";
