import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { fileLiteral } from "../../src/lib/duckdb/sql.ts";
import type { Bucket } from "../../src/lib/s3/bucket.ts";
import { openBucket } from "../../src/lib/s3/client.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import { bucketSource } from "../support/bucket-source.ts";
import { churn, digests, mayDiffer } from "../support/churn.ts";
import { replaceIn } from "../support/mistake.ts";
import { s3Settings } from "../support/s3-settings.ts";
import { secondNight } from "./support/nights.ts";
import { type S3Server, startS3 } from "./support/s3.ts";

/** Customers in a bucket of a real server, by the built program. */
let server: S3Server;
let folder: string;
const today = new Date().toISOString().slice(0, 10);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-s3-source-"));
  const sample = join(folder, "sample");
  await mkdir(sample);
  await churn(sample, ["init", "--sample", "--date", secondNight]);
  server = await startS3();
  await server.makeBucket("exports");
  // The day's customers in two files of each kind, as an export writes them.
  await using db = await openDatabase();
  await db.run(`ATTACH ${fileLiteral(join(sample, "customers.duckdb"))} AS sample (READ_ONLY)`);
  const day = `SELECT * FROM sample.customers WHERE snapshot_date = DATE '${secondNight}'`;
  for (const kind of ["parquet", "csv"]) {
    const place = join(sample, kind, `dt=${secondNight}`);
    await mkdir(place, { recursive: true });
    for (const [part, rows] of [`${day} AND customer_id < 'C04'`, `${day} AND customer_id >= 'C04'`].entries()) {
      const path = join(place, `part-${part}.${kind}`);
      await db.run(`COPY (${rows}) TO ${fileLiteral(path)} (FORMAT ${kind})`);
      await put(`${kind}/dt=${secondNight}/part-${part}.${kind}`, await readFile(path));
    }
    await put(`${kind}/dt=${secondNight}/_SUCCESS`, Buffer.alloc(0));
    // What would match, if a folder were looked for without its slash.
    await put(`${kind}/dt=${secondNight}5/part.${kind}`, Buffer.from("no customers"));
  }
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const exports = () => openBucket("exports", s3Settings(server.env));

async function put(key: string, bytes: Buffer): Promise<void> {
  await exports().put(key, { bytes, sha256: createHash("sha256").update(bytes).digest("hex") });
}

/** A workspace of its own, whose customers come from elsewhere. */
async function workspaceOf(name: string, source: string): Promise<string> {
  const workspace = join(folder, name);
  await cp(join(folder, "sample"), workspace, { recursive: true });
  await replaceIn(join(workspace, "churn.yaml"), /^source: .*$/m, `source: ${source}`);
  return workspace;
}

/** A workspace of today's customers, who are few and have no date of their own. */
async function small(name: string, source: string): Promise<string> {
  const workspace = join(folder, name);
  await mkdir(workspace);
  const dataset = "dataset: { id: id, date: null, target: { column: churned, positive: true } }";
  await writeFile(join(workspace, "churn.yaml"), `timezone: UTC\n${dataset}\nsource: ${source}\n`);
  return workspace;
}

const extract = (workspace: string, env: Readonly<Record<string, string>>, ...more: string[]) =>
  churn(workspace, ["extract", "--date", secondNight, ...more], env);

test.each(["parquet", "csv"])("%s objects give the customers that the files give, byte for byte", async (kind) => {
  const own = await workspaceOf(`${kind}-files`, `{ url: "${kind}:${kind}/dt=${secondNight}/*.${kind}" }`);
  const s3 = await workspaceOf(
    `${kind}-objects`,
    `{ url: "${kind}:s3://exports/${kind}/dt={date}/*.${kind}", require: _SUCCESS }`,
  );
  const [files, objects] = await Promise.all(
    [own, s3].map(async (workspace) => {
      const ended = await churn(workspace, ["run-all", "--date", secondNight, "--to", "features"], server.env);
      expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
      const all = await digests(workspace, mayDiffer);
      return Object.entries(all).filter(([path]) => /^(?:raw|processed|features)\/.*\.parquet$/.test(path));
    }),
  );
  expect(objects).toEqual(files);
  expect(objects?.map(([path]) => path)).toContain(`raw/${secondNight}/customers.parquet`);

  const record = z
    .object({ result: z.object({ source: z.string(), objects: z.array(z.record(z.string(), z.unknown())) }) })
    .parse(JSON.parse(await readFile(join(s3, "records", secondNight, "extract.json"), "utf8")));
  expect(record.result).toEqual({
    source: `s3://exports/${kind}/dt={date}/*.${kind}`,
    objects: [0, 1].map((part) => ({
      key: `${kind}/dt=${secondNight}/part-${part}.${kind}`,
      size_bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })),
  });
});

test("the same objects are fetched once, and who may not see them is told so", async ({ skip }) => {
  const workspace = await workspaceOf("again", `{ url: "parquet:s3://exports/parquet/dt={date}/" }`);
  expect(await extract(workspace, server.env)).toMatchObject({ exitCode: 0 });
  if (server.kind !== "versitygw") skip("its users may do anything");

  // Whoever may only list gets them all the same: they are in the cache.
  const lists = { accessKey: "lists", secretKey: "the-listers-secret" };
  const listing = await server.addUser(lists, "exports", [{ actions: ["s3:ListBucket"], keys: "" }]);
  const again = await extract(workspace, listing, "--force");
  expect(again, again.stderr).toMatchObject({ exitCode: 0 });
  await rm(join(workspace, ".churn/cache"), { recursive: true });
  expect(await extract(workspace, listing, "--force")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining(`denies s3:GetObject on s3://exports/parquet/dt=${secondNight}/part-`),
  });

  const nothing = { accessKey: "nothing", secretKey: "the-strangers-secret" };
  const denied = await server.addUser(nothing, "exports", [{ actions: ["s3:GetObject"], keys: "elsewhere/*" }]);
  const night = await churn(workspace, ["run-all", "--date", secondNight, "--force"], denied);
  expect(night).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("denies s3:ListBucket on s3://exports/"),
  });
  for (const text of [night.stdout, night.stderr]) expect(text).not.toContain("the-strangers-secret");
});

test("a bucket that isn't there is told before the night", async () => {
  const workspace = await workspaceOf("nowhere", `{ url: "parquet:s3://no-such-bucket/dt={date}/" }`);
  const night = await churn(workspace, ["run-all", "--date", secondNight], server.env);
  expect(night).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("has no bucket no-such-bucket") });
});

test("today's customers aren't there before _SUCCESS is", async () => {
  const workspace = await small("today", `{ url: "csv:s3://exports/daily/{date}/*.csv", require: _SUCCESS }`);
  const look = () => churn(workspace, ["extract", "--date", today], server.env);
  expect(await look()).toMatchObject({
    exitCode: 75,
    stderr: expect.stringContaining(`there is no file s3://exports/daily/${today}/*.csv`),
  });
  await put(`daily/${today}/a.csv`, Buffer.from("id,churned\n1,true\n2,false\n"));
  expect(await look()).toMatchObject({
    exitCode: 75,
    stderr: expect.stringContaining(
      `there is no _SUCCESS beside the files of s3://exports/daily/${today}/*.csv, in s3://exports/daily/${today}`,
    ),
  });
  await put(`daily/${today}/_SUCCESS`, Buffer.alloc(0));
  const done = await look();
  expect(done, done.stderr).toMatchObject({ exitCode: 0 });
});

test("what is replaced after it was listed is listed again, and never mixed", async () => {
  const bucket = exports();
  const csv = (id: number) => Buffer.from(`id,churned\n${id},true\n${id + 1},false\n`);
  for (const part of [0, 1]) await put(`busy/${part}.csv`, csv(part * 10));
  let lists = 0;
  const busy: Bucket = {
    ...bucket,
    list: async (prefix, delimiter) => {
      const listing = await bucket.list(prefix, delimiter);
      lists += 1;
      if (lists === 1) for (const part of [0, 1]) await put(`busy/${part}.csv`, csv(part * 10 + 100));
      return listing;
    },
  };
  const root = join(folder, "busy");
  await mkdir(root);
  await using db = await openDatabase();
  const snapshot = await openSnapshot(db, bucketSource(root, "csv:s3://exports/busy/*.csv", busy), {
    ...configSchema.pick({ dataset: true }).parse({ dataset: { id: "id", target: { column: "churned" } } }),
    date: today,
    today,
    timezone: "UTC",
  });
  const rows = await db.rows(`SELECT id FROM (${snapshot.sql})`, z.object({ id: z.string() }));
  expect([lists, rows.map(({ id }) => id)]).toEqual([2, ["100", "101", "110", "111"]]);
});
