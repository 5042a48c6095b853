import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import type { Bucket } from "../../src/lib/s3/bucket.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import { bucketSource } from "../support/bucket-source.ts";
import { memoryBucket } from "../support/memory-bucket.ts";
import type { Row } from "./row.ts";

const TODAY = "2026-11-23";
const CSV = "id,churned\n1,true\n2,false\n";

/** Takes a snapshot of a bucket's objects as extract does. */
function objects(
  url: string,
  found: Readonly<Record<string, string>> | Bucket,
  more: { date?: string; require?: string } = {},
) {
  return async (root: string) => {
    const { date = TODAY, ...settings } = more;
    const { dataset } = configSchema.parse({
      dataset: { id: "id", target: { column: "churned" } },
      source: { url: "csv:c.csv" },
    });
    const source = bucketSource(root, url, isBucket(found) ? found : memoryBucket(found), settings);
    await using db = await openDatabase();
    await openSnapshot(db, source, { dataset, date, today: TODAY, timezone: "UTC" });
  };
}

function isBucket(found: Readonly<Record<string, string>> | Bucket): found is Bucket {
  return typeof found.list === "function";
}

/** A bucket in which somebody writes whenever one has looked. */
function busyBucket(): Bucket {
  const bucket = memoryBucket({ "c/a.csv": CSV });
  let writes = 0;
  return {
    ...bucket,
    list: async (prefix, delimiter) => {
      const listing = await bucket.list(prefix, delimiter);
      writes += 1;
      bucket.set("c/a.csv", `${CSV}${writes + 2},true\n`);
      return listing;
    },
  };
}

/** What a source in a bucket ends with; what the bucket itself says is S3's. */
export const sourceS3: readonly Row[] = [
  {
    cause: "no objects of today yet, in a path with {date}",
    by: objects("csv:s3://b12/c/dt={date}/*.csv", {}),
    code: 75,
    says: `source.url: there is no file s3://b12/c/dt=${TODAY}/*.csv`,
    next: `once it is there:\nchurn run-all --date ${TODAY}`,
  },
  {
    cause: "no objects of a past date",
    by: objects("csv:s3://b12/c/dt={date}/*.csv", {}, { date: "2026-11-22" }),
    code: 2,
    says: "source.url: there is no file s3://b12/c/dt=2026-11-22/*.csv",
    next: "it is looked for at s3://b12/c/dt=2026-11-22/*.csv",
  },
  {
    cause: "no object of that name",
    by: objects("csv:s3://b12/c.csv", { "c.csv2": CSV }),
    code: 2,
    says: "source.url: there is no file s3://b12/c.csv",
    next: "it is looked for at s3://b12/c.csv",
  },
  {
    cause: "no marker beside the objects",
    by: objects("csv:s3://b12/c/*.csv", { "c/a.csv": CSV }, { require: "_SUCCESS" }),
    code: 75,
    says: "source.require: there is no _SUCCESS beside the files of s3://b12/c/*.csv, in s3://b12/c",
    next: `once it is there:\nchurn run-all --date ${TODAY}`,
  },
  {
    cause: "objects that change whenever they are fetched",
    by: objects("csv:s3://b12/c/", busyBucket()),
    code: 75,
    says: "source.url: s3://b12/c/ was written while it was read",
    next: "run it again once it is whole",
  },
  {
    cause: "an object that is no Parquet file",
    by: objects("parquet:s3://b12/c/*", { "c/a.parquet": CSV }),
    code: 2,
    says: "source.url: s3://b12/c/a.parquet is not a Parquet file",
    next: "duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "an object that is half written",
    by: objects("parquet:s3://b12/a.parquet", { "a.parquet": "PAR1" }),
    code: 75,
    says: "source.url: s3://b12/a.parquet is not whole: its end is missing",
    next: "run it again once it is written",
  },
  {
    cause: "a key that no file can have",
    by: objects("csv:s3://b12/c/", { "c//a.csv": CSV }),
    code: 2,
    says: "source.url: the object s3://b12/c//a.csv has a key that no file can have",
    next: "copy it to another key, without //, . or .. as a folder; or name the others by a pattern: s3://BUCKET/FOLDER/*.parquet",
  },
  {
    cause: "an object that is a folder as well",
    by: objects("csv:s3://b12/c/", { "c/a": CSV, "c/a/b.csv": CSV }),
    code: 2,
    says: "source.url: s3://b12/c/a… is an object and a folder as well",
    next: "copy the one or the other to another key",
  },
  {
    cause: "an address of no bucket, which churn.yaml refuses before",
    by: (root) => openSource({ url: "csv:s3://b12/../c.csv" }, root),
    code: 2,
    says: "source.url: s3://b12/../c.csv is no address of objects",
    next: "write parquet:, csv: or jsonl: and s3://BUCKET/FILES, in plain letters, without . or .. as a folder",
  },
];
