import { resolve } from "node:path";
import { openCache } from "../cache/cache.ts";
import { s3Section } from "../config/s3-section.ts";
import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { pathFrom } from "../files/path-from.ts";
import { openBucket } from "../s3/client.ts";
import { openCommand } from "./command/command.ts";
import { openCsv } from "./csv/csv.ts";
import { openDuckdbFile } from "./duckdb-file.ts";
import { openJsonLines } from "./json-lines.ts";
import { openMysql } from "./mysql/mysql.ts";
import { openParquet } from "./parquet.ts";
import { openPostgres } from "./postgres/postgres.ts";
import type { SourceSettings } from "./query.ts";
import { isBucketUrl } from "./s3/address.ts";
import { openS3Files } from "./s3/s3.ts";
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
 * @param environment  where servers' passwords, a bucket's keys and commands' variables come from
 * @param s3           how a bucket is reached
 * @throws {UsageError} when the URL's scheme is unknown
 */
export function openSource(
  source: Config["source"],
  root: string,
  environment: SourceEnvironment = NO_ENVIRONMENT,
  s3: Config["s3"] = s3Section.parse({}),
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
  const openFiles = readerOf(scheme, source);
  if (openFiles !== undefined && isBucketUrl(url)) {
    return openS3Files({
      ...settings,
      place,
      openFiles,
      openBucket: (name) => openBucket(name, { s3, root, environment }),
      openCache: () => openCache(settings.root),
      limits: s3.cache,
    });
  }
  if (openFiles !== undefined) return openFiles(settings);
  if (scheme === "duckdb") return openDuckdbFile(settings);
  throw new UsageError(
    `source.url: unknown kind of source ${scheme === "" ? url : `${scheme}:`}, known are ${SCHEMES.join(", ")}`,
    urlHint,
  );
}

/** What reads files of a kind; undefined where the scheme is another. */
function readerOf(scheme: string, { csv }: Config["source"]): ((settings: SourceSettings) => Source) | undefined {
  if (scheme === "parquet") return openParquet;
  if (scheme === "csv") return (settings) => openCsv(settings, csv);
  return scheme === "jsonl" ? openJsonLines : undefined;
}

const urlHint =
  "source: { url: duckdb:customers.duckdb, table: customers } in churn.yaml, or parquet:FILES, csv:FILES, jsonl:FILES, postgres://USER@HOST/DATABASE";
