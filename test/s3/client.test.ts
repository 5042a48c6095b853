import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import type { Body } from "../../src/lib/s3/bucket.ts";
import { openBucket } from "../../src/lib/s3/client.ts";
import { type FaultyS3, refusals, type S3Fault, startFaultyS3 } from "../support/faulty-s3.ts";
import { test } from "../support/folder.ts";
import { s3Settings } from "../support/s3-settings.ts";

const bodyOf = (text: string | Buffer): Body => ({ bytes: Buffer.from(text), sha256: sha256(text) });
const bucketOf = (server: FaultyS3, s3: Readonly<Record<string, unknown>> = { deadline: "3s" }) =>
  openBucket("nights", s3Settings(server.env, s3));

test("what is written is read, with its digest, one request each", async ({ folder }) => {
  await using server = await startFaultyS3();
  const bucket = bucketOf(server);
  const body = bodyOf("a night");
  const put = await bucket.put("raw/a.parquet", body);
  expect(put).toEqual({ kind: "written", isProved: true, etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) });
  expect(await bucket.head("raw/a.parquet")).toMatchObject({ size_bytes: 7, sha256: body.sha256 });
  const got = await bucket.get("raw/a.parquet");
  expect(got).toMatchObject({ size_bytes: 7, sha256: body.sha256 });
  expect(got?.bytes.toString()).toBe("a night");
  const path = join(folder, "copy");
  expect(await bucket.download("raw/a.parquet", path)).toMatchObject({ size_bytes: 7, sha256: body.sha256 });
  expect(await readFile(path, "utf8")).toBe("a night");
  await bucket.remove("raw/a.parquet");
  expect(server.seen.map(({ method }) => method)).toEqual(["PUT", "HEAD", "GET", "GET", "DELETE"]);
  expect(server.seen[0]?.headers).toMatchObject({
    "content-type": "application/vnd.apache.parquet",
    "content-length": "7",
    "x-amz-checksum-sha256": Buffer.from(body.sha256, "hex").toString("base64"),
  });
  for (const { headers } of server.seen) expect(headers.expect).toBeUndefined();
});

test("what isn't there is undefined, and its removal is none", async ({ folder }) => {
  await using server = await startFaultyS3();
  const bucket = bucketOf(server);
  expect(await bucket.head("a")).toBeUndefined();
  expect(await bucket.get("a")).toBeUndefined();
  expect(await bucket.download("a", join(folder, "a"))).toBeUndefined();
  await bucket.remove("a");
  expect(await bucket.list("")).toEqual({ objects: [], folders: [] });
  expect(await readdir(folder)).toEqual([]);
});

test("any bytes under any name", async ({ folder }) => {
  await using server = await startFaultyS3();
  const bucket = bucketOf(server);
  const segment = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
    .filter((text) => !/^\.{1,2}$|[/\p{Cc}\p{Cs}]/u.test(text));
  await fc.assert(
    fc.asyncProperty(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.uint8Array(), async (names, bytes) => {
      const key = names.join("/");
      await bucket.put(key, bodyOf(Buffer.from(bytes)));
      expect((await bucket.get(key))?.bytes.equals(Buffer.from(bytes))).toBe(true);
      const path = join(folder, "x");
      await bucket.download(key, path);
      expect((await readFile(path)).equals(Buffer.from(bytes))).toBe(true);
      await rm(path);
      const { objects } = await bucket.list(key);
      expect(objects.map((object) => object.key)).toContain(key);
      await bucket.remove(key);
    }),
    { numRuns: 50 },
  );
});

describe("a list", () => {
  test("of several pages, in the order of bytes, with the folders of a level", async () => {
    await using server = await startFaultyS3({ page: 3 });
    const keys = ["r/2026-11-23.2/a", "r/2026-11-23/a", "r/2026-11-23/b", "r/2026-11-24/a", "r/top", "r/ä", "s/other"];
    for (const key of keys) server.objects("nights").set(key, Buffer.from(key));
    const bucket = bucketOf(server);
    const all = await bucket.list("r/");
    expect(all.objects.map(({ key }) => key)).toEqual(keys.slice(0, 6));
    expect(all.objects[0]).toMatchObject({
      size_bytes: 16,
      etag: expect.stringMatching(/^"/),
      modified: expect.any(Date),
    });
    expect(server.count({ method: "LIST" })).toBe(2);
    const level = await bucket.list("r/", "/");
    expect(level.folders).toEqual(["r/2026-11-23.2/", "r/2026-11-23/", "r/2026-11-24/"]);
    expect(level.objects.map(({ key }) => key)).toEqual(["r/top", "r/ä"]);
  });

  test("that is a page of somebody else's is no empty list", async () => {
    await using server = await startFaultyS3();
    server.put({ html: 200 });
    await expect(bucketOf(server).list("records/")).rejects.toThrow(/is no S3 \(status 200\)/);
    server.put({ html: 200, page: "<html><body>Well-formed</body></html>" });
    await expect(bucketOf(server).list("records/")).rejects.toThrow(/is no S3 \(its answer has no IsTruncated\)/);
  });

  test.for(["HEAD", "PUT", "DELETE"] as const)("and no such page is an answer to a %s", async (method) => {
    await using server = await startFaultyS3();
    server.put({ html: 200 }, { method });
    const bucket = bucketOf(server);
    const asked = {
      HEAD: () => bucket.head("a"),
      PUT: () => bucket.put("a", bodyOf("1")),
      DELETE: () => bucket.remove("a"),
    };
    await expect(asked[method]()).rejects.toThrow(/is no S3 \(/);
  });
});

describe("conditions", () => {
  test("hold a write to what is there", async () => {
    await using server = await startFaultyS3();
    const bucket = bucketOf(server);
    const first = await bucket.put("a", bodyOf("1"), { kind: "absent" });
    const etag = first.kind === "written" ? first.etag : "";
    expect(await bucket.put("a", bodyOf("2"), { kind: "absent" })).toEqual({ kind: "refused" });
    expect((await bucket.put("a", bodyOf("3"), { kind: "etag", etag })).kind).toBe("written");
    expect(await bucket.put("a", bodyOf("4"), { kind: "etag", etag })).toEqual({ kind: "refused" });
    expect(await bucket.put("none", bodyOf("4"), { kind: "etag", etag })).toEqual({ kind: "refused" });
    expect(await bucket.get("a", etag)).toBeUndefined();
    expect((await bucket.get("a"))?.bytes.toString()).toBe("3");
  });

  test.for(["absent", "etag"] as const)("a write whose answer is lost is told from another's: %s", async (kind) => {
    await using server = await startFaultyS3();
    const bucket = bucketOf(server);
    const before = await bucket.put("a", bodyOf("before"));
    const etag = before.kind === "written" ? before.etag : "";
    const condition = kind === "absent" ? ({ kind } as const) : ({ kind, etag } as const);
    if (kind === "absent") await bucket.remove("a");
    server.put("lost", { method: "PUT" });
    server.forget();
    expect((await bucket.put("a", bodyOf("mine"), condition)).kind).toBe("written");
    expect(server.seen.map(({ method }) => method)).toEqual(["PUT", "PUT", "GET"]);
    // Not done, and somebody else was sooner.
    server.put("reset", { method: "PUT" });
    server.objects("nights").set("b", Buffer.from("another's"));
    expect(await bucket.put("b", bodyOf("mine"), condition)).toEqual({ kind: "refused" });
  });

  test("of which one of twelve racers wins", async () => {
    await using server = await startFaultyS3({ delay: 5 });
    const racers = Array.from({ length: 12 }, (_, at) =>
      bucketOf(server).put("a", bodyOf(`${at}`), { kind: "absent" }),
    );
    const ends = await Promise.all(racers);
    expect(ends.filter(({ kind }) => kind === "written")).toHaveLength(1);
  });

  test("that come at the same time are repeated", async () => {
    await using server = await startFaultyS3();
    server.put(refusals.conflict);
    expect((await bucketOf(server).put("a", bodyOf("1"), { kind: "absent" })).kind).toBe("written");
    expect(server.count()).toBe(2);
  });
});

describe("half of an object is never taken for the whole", () => {
  const faults: readonly S3Fault[] = ["cut", "short", "flipped", "stalled", "trickle", { html: 200 }];
  test.concurrent.for(faults)("%s", async (fault, { expect: hold }) => {
    await using server = await startFaultyS3();
    server.objects("nights").set("a", Buffer.from("x".repeat(200)));
    server.put(fault, { times: Number.POSITIVE_INFINITY });
    await hold(bucketOf(server, { deadline: "0s" }).get("a")).rejects.toThrow(/s3:\/\/nights\/a/);
  });

  test("a download leaves nothing of it", async ({ folder }) => {
    await using server = await startFaultyS3();
    server.objects("nights").set("a", Buffer.from("x".repeat(200)));
    for (const fault of ["cut", "flipped", "stalled"] as const) {
      server.put(fault);
      await expect(bucketOf(server, { deadline: "0s" }).download("a", join(folder, "a"))).rejects.toThrow(/nights\/a/);
      expect(await readdir(folder)).toEqual([]);
    }
    // And begins anew.
    server.put("cut");
    expect(await bucketOf(server).download("a", join(folder, "a"))).toMatchObject({ size_bytes: 200 });
  });

  test("without a checksum, the digest tells what came", async () => {
    await using server = await startFaultyS3();
    server.objects("nights").set("a", Buffer.from("x".repeat(200)));
    server.put("flipped, unseen");
    const got = await bucketOf(server).get("a");
    expect(got?.sha256).not.toBe(sha256("x".repeat(200)));
    expect(got?.sha256).toBe(sha256(got?.bytes ?? ""));
  });
});

test("a file larger than what is sent from memory is sent whole in each attempt", async ({ folder }) => {
  await using server = await startFaultyS3();
  const bytes = Buffer.alloc((8 << 20) + 1, "0123456789abcdef");
  const path = join(folder, "large");
  await writeFile(path, bytes);
  server.put("lost");
  server.put(refusals.internal);
  const body = { path, size_bytes: bytes.length, sha256: sha256(bytes) };
  expect((await bucketOf(server).put("large", body)).kind).toBe("written");
  expect(server.objects("nights").get("large")?.equals(bytes)).toBe(true);
  expect(server.count()).toBe(3);
  // What can't be read is no server's fault, and ends nothing else.
  await expect(bucketOf(server).put("gone", { ...body, path: join(folder, "gone") })).rejects.toMatchObject({
    code: "ENOENT",
  });
  expect(server.count({ key: /gone/ })).toBe(0);
});

test("a server that refuses checksums is written to without, from then on", async () => {
  await using server = await startFaultyS3({ refusesChecksums: true });
  const bucket = bucketOf(server);
  expect((await bucket.put("a", bodyOf("1"), { kind: "absent" })).kind).toBe("written");
  expect((await bucket.put("b", bodyOf("2"))).kind).toBe("written");
  expect(server.seen.map(({ headers }) => headers["x-amz-checksum-sha256"] !== undefined)).toEqual([
    true,
    false,
    false,
  ]);
  expect((await bucket.get("a"))?.sha256).toBe(sha256("1"));
});

test("a server that is asked for encryption and a class of storage gets both", async () => {
  await using server = await startFaultyS3();
  const bucket = bucketOf(server, { sse: "aws:kms", kms_key: "k", storage_class: "STANDARD_IA" });
  await bucket.put("a", bodyOf("1"));
  expect(server.seen[0]?.headers).toMatchObject({
    "x-amz-server-side-encryption": "aws:kms",
    "x-amz-server-side-encryption-aws-kms-key-id": "k",
    "x-amz-storage-class": "STANDARD_IA",
  });
});
