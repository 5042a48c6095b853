import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { openCache } from "../../src/lib/cache/cache.ts";
import { s3Section } from "../../src/lib/config/s3-section.ts";
import type { Bucket } from "../../src/lib/s3/bucket.ts";
import { openCsv } from "../../src/lib/source/csv/csv.ts";
import { openJsonLines } from "../../src/lib/source/json-lines.ts";
import { openParquet } from "../../src/lib/source/parquet.ts";
import { openS3Files, type S3SourceSettings } from "../../src/lib/source/s3/s3.ts";
import type { Source } from "../../src/lib/source/source.ts";
import { type MemoryBucket, memoryBucket } from "./memory-bucket.ts";

const READERS: Readonly<Record<string, S3SourceSettings["openFiles"]>> = {
  parquet: openParquet,
  csv: (settings) => openCsv(settings),
  jsonl: openJsonLines,
};

/** A source of a bucket's objects, as churn.yaml names them but for the bucket's own settings. */
export function bucketSource(
  root: string,
  url: string,
  bucket: Bucket,
  more: Partial<Pick<S3SourceSettings, "table" | "query" | "files" | "require" | "waits">> = {},
): Source {
  const [, kind = "", place = ""] = /^(\w+):(.*)$/.exec(url) ?? [];
  const openFiles = READERS[kind];
  if (openFiles === undefined) throw new Error(url);
  return openS3Files({
    table: undefined,
    query: undefined,
    files: [],
    ...more,
    root,
    place,
    openBucket: () => bucket,
    openCache: () => openCache(root),
    limits: s3Section.parse({}).cache,
    openFiles,
  });
}

/** A bucket with the files of a folder, under their names there. */
export async function bucketOf(folder: string): Promise<MemoryBucket> {
  const bucket = memoryBucket();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) bucket.set(relative(folder, path), await readFile(path));
  }
  return bucket;
}
