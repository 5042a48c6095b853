import { resolve } from "node:path";
import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { pathFrom } from "../files/path-from.ts";
import { openCommand } from "./command/command.ts";
import { openCsv } from "./csv/csv.ts";
import { openDuckdbFile } from "./duckdb-file.ts";
import { openJsonLines } from "./json-lines.ts";
import { openMysql } from "./mysql/mysql.ts";
import { openParquet } from "./parquet.ts";
import { openPostgres } from "./postgres/postgres.ts";
import { serverOf } from "./server/schemes.ts";
import type { ServerSettings, SourceEnvironment } from "./server/settings.ts";
import type { Source } from "./source.ts";

const SCHEMES = ["duckdb:", "parquet:", "csv:", "jsonl:", "postgres://", "mysql://"] as const;

/** The environment of a source that asks it nothing. */
const NO_ENVIRONMENT: SourceEnvironment = {
  variables: new Map(),
  secretValues: [],
  get: () => undefined,
  secret: () => undefined,
};

/**
 * The source that churn.yaml names. Nothing is opened or asked yet.
 *
 * @param root         the workspace's folder; relative paths start there
 * @param environment  where servers' passwords and commands' variables come from
 * @throws {UsageError} when the URL's scheme is unknown
 */
export function openSource(
  source: Config["source"],
  root: string,
  environment: SourceEnvironment = NO_ENVIRONMENT,
): Source {
  const { url } = source;
  if (url === undefined) return openCommand(source, root, environment);
  const server = serverOf(url);
  if (server !== undefined) {
    const settings: ServerSettings = { ...source, url, root: resolve(root), environment };
    return server === "postgres" ? openPostgres(settings) : openMysql(settings);
  }
  const separator = url.indexOf(":");
  const scheme = url.slice(0, Math.max(0, separator));
  const place = url.slice(separator + 1);
  if (place === "") throw new UsageError(`source.url: ${url} names no file`, urlHint);
  const settings = {
    root: resolve(root),
    path: pathFrom(root, place),
    description: place,
    table: source.table,
    query: source.query,
    files: (source.files ?? []).map((folder) => resolve(root, folder)),
    ready: source.ready,
    require: source.require,
    waits: source.wait !== undefined,
  };
  if (scheme === "duckdb") return openDuckdbFile(settings);
  if (scheme === "parquet") return openParquet(settings);
  if (scheme === "csv") return openCsv(settings, source.csv);
  if (scheme === "jsonl") return openJsonLines(settings);
  throw new UsageError(
    `source.url: unknown kind of source ${scheme === "" ? url : `${scheme}:`}, known are ${SCHEMES.join(", ")}`,
    urlHint,
  );
}

const urlHint =
  "source: { url: duckdb:customers.duckdb, table: customers } in churn.yaml, or parquet:FILES, csv:FILES, jsonl:FILES, postgres://USER@HOST/DATABASE";
