import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { configSchema } from "../../../src/lib/config/schema.ts";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { writeCustomers } from "../../../src/lib/source/customers-file.ts";
import { openSource } from "../../../src/lib/source/open.ts";
import { openSnapshot } from "../../../src/lib/source/snapshot.ts";
import type { Source } from "../../../src/lib/source/source.ts";
import { bucketOf, bucketSource } from "../../support/bucket-source.ts";
import { memoryBucket } from "../../support/memory-bucket.ts";
import { test } from "../../support/source-folder.ts";

const TODAY = "2026-11-23";
const { dataset } = configSchema.parse({
  dataset: { id: "id", target: { column: "churned" } },
  source: { url: "csv:c.csv" },
});
const CSV = "id,churned,plan\n1,true,gold\n2,false,\n";

/** Takes a snapshot as extract does. */
async function extract(source: Source, path: string, date = TODAY) {
  await using db = await openDatabase();
  const snapshot = await openSnapshot(db, source, { dataset, date, today: TODAY, timezone: "UTC" });
  await writeCustomers(db, snapshot, path);
  return snapshot;
}

const failure = async (source: Source, root: string, date?: string) =>
  await extract(source, join(root, "out.parquet"), date).then(
    () => undefined,
    (error: unknown) => error,
  );

/** Files of all kinds, in folders as people have them. */
async function writeFiles(folder: string): Promise<void> {
  const text: Readonly<Record<string, string>> = {
    "plain/a.csv": CSV,
    "plain/b [1]?.csv": "id;churned;plan\n3;true;é\n",
    "plain/_SUCCESS": "",
    "plain/.hidden.csv": "nothing",
    "lines/a.jsonl": '{"id": 1, "churned": true}\n{"id": 2, "churned": false}\n',
    "deep/x/1/a.csv": CSV,
    "deep/y/2/b.csv": "id,churned,plan\n3,true,gold\n",
    "days/dt=2026-11-22/a.csv": CSV,
    "days/dt=2026-11-23/a.csv": "id,churned,plan\n3,true,gold\n4,false,\n",
  };
  for (const [name, content] of Object.entries(text)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await using db = await openDatabase();
  const rows = `SELECT i AS id, i % 3 = 0 AS churned, ['a', 'b=/é', NULL][i % 3 + 1] AS plan, i * 1.5 AS spend FROM range(60) AS r(i)`;
  await db.run(`COPY (${rows}) TO '${folder}/plans' (FORMAT parquet, PARTITION_BY (plan))`);
  await db.run(`COPY (${rows}) TO '${folder}/one.parquet' (FORMAT parquet)`);
}

test("a bucket gives the customers that a folder of the same names gives, byte for byte", async ({ root }) => {
  const folder = join(root, "f12");
  await writeFiles(folder);
  const bucket = await bucketOf(folder);
  for (const [kind, place] of [
    ["csv", "plain"],
    ["csv", "plain/"],
    ["csv", "plain/*"],
    ["csv", "plain/[a-b]*.csv"],
    ["csv", "plain/b [1]?.csv"],
    ["csv", "deep/**/*.csv"],
    ["csv", "deep/?/*/*.csv"],
    ["csv", "days/"],
    ["csv", "days/dt=*/a.csv"],
    ["jsonl", "lines/*.jsonl"],
    ["parquet", "plans"],
    ["parquet", "plans/*/*.parquet"],
    ["parquet", "one.parquet"],
  ]) {
    const local = await extract(openSource({ url: `${kind}:f12/${place}` }, root), join(root, "local.parquet"));
    const source = bucketSource(root, `${kind}:s3://f12/${place}`, bucket);
    const taken = await extract(source, join(root, "s3.parquet"));
    expect(taken.columns, place).toEqual(local.columns);
    const [one, other] = await Promise.all(["local", "s3"].map((name) => readFile(join(root, `${name}.parquet`))));
    expect(one?.equals(other ?? Buffer.alloc(0)), place).toBe(true);
    expect(taken.objects?.map(({ key }) => key).length, place).toBeGreaterThan(0);
  }
});

test("{date} chooses a day's objects, and its folder is no column", async ({ root }) => {
  const folder = join(root, "files");
  await writeFiles(folder);
  const source = bucketSource(root, "csv:s3://f12/days/dt={date}/*.csv", await bucketOf(folder));
  expect(source).toMatchObject({ description: "s3://f12/days/dt={date}/*.csv", choosesDate: true });
  const taken = await extract(source, join(root, "out.parquet"));
  expect(taken.columns.map(({ name }) => name)).toEqual(["id", "churned", "plan"]);
  expect(taken.objects).toEqual([
    { key: "days/dt=2026-11-23/a.csv", size_bytes: 37, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect((await extract(source, join(root, "out.parquet"), "2026-11-22")).objects?.[0]?.key).toBe(
    "days/dt=2026-11-22/a.csv",
  );
});

test("the same objects are fetched once, and nothing of a session stays but their copies", async ({ root }) => {
  const bucket = memoryBucket({ "c/a.csv": CSV, "c/b.csv": "id,churned,plan\n3,true,gold\n" });
  const source = bucketSource(root, "csv:s3://f12/c/", bucket);
  await extract(source, join(root, "out.parquet"));
  await extract(source, join(root, "out.parquet"));
  expect(bucket.asked).toEqual(["list c/", "download c/a.csv", "download c/b.csv", "list c/"]);
  const left = await readdir(join(root, ".churn/cache/objects"), { recursive: true });
  expect(left.filter((name) => name.includes(".part"))).toEqual([]);
  expect(left.filter((name) => name.endsWith(".csv"))).toHaveLength(2);
});

test("what isn't there may still come today", async ({ root }) => {
  const bucket = memoryBucket({ "days/dt=2026-11-22/a.csv": CSV, "empty/": "", "empty/part.csv": "" });
  const day = bucketSource(root, "csv:s3://f12/days/dt={date}/*.csv", bucket);
  expect(await failure(day, root)).toMatchObject({
    exitCode: 75,
    message: "source.url: there is no file s3://f12/days/dt=2026-11-23/*.csv",
  });
  expect(await failure(day, root, "2026-11-21")).toMatchObject({
    exitCode: 2,
    hint: "it is looked for at s3://f12/days/dt=2026-11-21/*.csv",
  });
  const one = bucketSource(root, "csv:s3://f12/c.csv", bucket);
  expect(await failure(one, root)).toMatchObject({ exitCode: 2 });
  expect(await failure(bucketSource(root, "csv:s3://f12/c.csv", bucket, { waits: true }), root)).toMatchObject({
    exitCode: 75,
  });
  expect(await failure(bucketSource(root, "csv:s3://f12/empty/", bucket), root)).toMatchObject({
    exitCode: 75,
    message: "source.url: s3://f12/empty/ is empty",
  });
});

test("source.require asks for an object beside them, or above their partitions", async ({ root }) => {
  const bucket = memoryBucket({ "days/dt=2026-11-23/a.csv": CSV });
  const source = bucketSource(root, "csv:s3://f12/days/dt={date}/*.csv", bucket, { require: "done" });
  expect(await failure(source, root)).toMatchObject({
    exitCode: 75,
    message:
      "source.require: there is no done beside the files of s3://f12/days/dt=2026-11-23/*.csv, in s3://f12/days/dt=2026-11-23",
  });
  expect(bucket.asked.filter((word) => word.startsWith("download"))).toEqual([]);
  await using db = await openDatabase();
  await using session = await source.open(db, { date: TODAY, complete: false, text: [] });
  expect(session.columns).toHaveLength(3);
  bucket.set("days/done", "");
  expect(await failure(source, root)).toBeUndefined();
});

test("a table format, and a job that writes, are seen above the folder too", async ({ root }) => {
  const delta = memoryBucket({ "t/_delta_log/0.json": "{}", "t/dt=2026-11-23/a.csv": CSV });
  for (const place of ["t/", "t/dt={date}/", "t/dt=*/*.csv"]) {
    expect(await failure(bucketSource(root, `csv:s3://f12/${place}`, delta), root), place).toMatchObject({
      message: expect.stringContaining("is a table of Delta Lake"),
    });
  }
  const spark = memoryBucket({ "t/_temporary/0/x": "", "t/a.csv": CSV });
  expect(await failure(bucketSource(root, "csv:s3://f12/t/", spark), root)).toMatchObject({
    exitCode: 75,
    message: "source.url: s3://f12/t/ is still being written: s3://f12/t has _temporary and no _SUCCESS",
  });
});

test("what changes between list and fetch is listed again, a few times", async ({ root }) => {
  const bucket = memoryBucket({ "c/a.csv": CSV });
  let changes = 1;
  const busy = {
    ...bucket,
    list: async (prefix: string) => {
      const listing = await bucket.list(prefix);
      changes -= 1;
      if (changes >= 0) bucket.set("c/a.csv", `id,churned,plan\n${changes + 5},true,gold\n`);
      return listing;
    },
  };
  const source = bucketSource(root, "csv:s3://f12/c/", busy);
  expect((await extract(source, join(root, "out.parquet"))).objects).toHaveLength(1);
  // Those of the first list would be in the cache by now.
  bucket.set("c/a.csv", CSV);
  changes = 10;
  expect(await failure(source, root)).toMatchObject({
    exitCode: 75,
    message: "source.url: s3://f12/c/ was written while it was read",
  });
  expect(bucket.asked.filter((word) => word.startsWith("list"))).toHaveLength(5);
});

test("sentences name objects, and no path of this machine", async ({ root }) => {
  const bucket = memoryBucket({
    "p/a.parquet": "PAR1",
    "j/a.jsonl": '{"id": 1}\n{"id": 2,\n{"id": 3}\n',
    "c/k=1/a.csv": "id,churned,k\n1,true,2\n2,false,1\n",
    "c/k=2/b.csv": "id,churned,k\n3,true,2\n",
  });
  const errors = await Promise.all(
    ["parquet:s3://f12/p/*", "jsonl:s3://f12/j/", "csv:s3://f12/c/"].map((url) =>
      failure(bucketSource(root, url, bucket), root),
    ),
  );
  expect(errors).toMatchObject([
    { exitCode: 75, message: "source.url: s3://f12/p/a.parquet is not whole: its end is missing" },
    { exitCode: 2, message: expect.stringContaining("s3://f12/j/a.jsonl") },
    {
      exitCode: 2,
      message: expect.stringContaining(
        "a file's own column says something else than its folder: k, in s3://f12/c/k=1/a.csv",
      ),
    },
  ]);
  for (const error of errors) expect(String(error)).not.toContain(root);
});

test("a query sees the objects as files, and the workspace's own files besides", async ({ root }) => {
  await writeFile(join(root, "plans.csv"), "plan,price\ngold,5\n");
  const query = `SELECT id, churned, price FROM customers LEFT JOIN read_csv('${root}/plans.csv') USING (plan)`;
  const bucket = memoryBucket({ "c/a.csv": CSV });
  const source = bucketSource(root, "csv:s3://f12/c/*.csv", bucket, { query });
  const taken = await extract(source, join(root, "out.parquet"));
  expect(taken.columns.map(({ name }) => name)).toEqual(["id", "churned", "price"]);
  const elsewhere = bucketSource(root, "csv:s3://f12/c/*.csv", bucket, { query: "FROM read_csv('/etc/passwd')" });
  expect(await failure(elsewhere, root)).toMatchObject({
    message: "source.query: /etc/passwd is in none of the folders that it may read",
  });
});

test("whether the bucket lets us in is asked before the night, in one request", async ({ root }) => {
  const bucket = memoryBucket();
  await bucketSource(root, "csv:s3://f12/days/dt={date}/*.csv", bucket).requirePresent?.();
  expect(bucket.asked).toEqual([expect.stringMatching(/^list days\/dt=\d{4}-\d\d-\d\d\/ by level$/)]);
  expect(existsSync(join(root, ".churn"))).toBe(false);
});
