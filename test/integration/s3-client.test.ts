import { createHash, randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { UnreachableError, UsageError } from "../../src/lib/errors.ts";
import type { Body } from "../../src/lib/s3/bucket.ts";
import { openBucket } from "../../src/lib/s3/client.ts";
import { test } from "../support/folder.ts";
import { s3Settings } from "../support/s3-settings.ts";
import { type S3Server, startS3 } from "./support/s3.ts";

/** The client against a real server, which checks signatures, digests and conditions. */
let server: S3Server;
beforeAll(async () => {
  server = await startS3();
  await server.makeBucket("nights");
});
afterAll(() => server[Symbol.asyncDispose]());

const bodyOf = (bytes: Buffer): Body => ({ bytes, sha256: createHash("sha256").update(bytes).digest("hex") });

test("what is put is there, whole, with its digest", async ({ folder }) => {
  const bucket = openBucket("nights", s3Settings(server.env));
  const bytes = randomBytes(300_000);
  const body = bodyOf(bytes);
  const put = await bucket.put("raw/2026-11-23/customers.parquet", body);
  expect(put.kind).toBe("written");
  const head = await bucket.head("raw/2026-11-23/customers.parquet");
  expect(head).toMatchObject({ size_bytes: bytes.length });
  if (server.kind !== "moto") expect(head?.sha256).toBe(body.sha256);
  const got = await bucket.get("raw/2026-11-23/customers.parquet");
  expect(got?.bytes.equals(bytes)).toBe(true);
  const path = join(folder, "copy");
  expect(await bucket.download("raw/2026-11-23/customers.parquet", path)).toMatchObject({ sha256: body.sha256 });
  expect((await readFile(path)).equals(bytes)).toBe(true);
  await bucket.remove("raw/2026-11-23/customers.parquet");
  await bucket.remove("raw/2026-11-23/customers.parquet");
  expect(await bucket.head("raw/2026-11-23/customers.parquet")).toBeUndefined();
});

test("a file larger than what is sent from memory", async ({ folder }) => {
  const bucket = openBucket("nights", s3Settings(server.env));
  const bytes = randomBytes((8 << 20) + 1);
  const path = join(folder, "large");
  await writeFile(path, bytes);
  const { sha256 } = bodyOf(bytes);
  await bucket.put("large", { path, size_bytes: bytes.length, sha256 });
  expect(await bucket.download("large", join(folder, "back"))).toMatchObject({ sha256, size_bytes: bytes.length });
});

test("conditions", async () => {
  const bucket = openBucket("nights", s3Settings(server.env));
  const first = await bucket.put("once", bodyOf(Buffer.from("a")), { kind: "absent" });
  expect(first.kind).toBe("written");
  expect(await bucket.put("once", bodyOf(Buffer.from("b")), { kind: "absent" })).toEqual({ kind: "refused" });
  const etag = first.kind === "written" ? first.etag : "";
  const second = await bucket.put("once", bodyOf(Buffer.from("c")), { kind: "etag", etag });
  expect(second.kind).toBe("written");
  expect(await bucket.put("once", bodyOf(Buffer.from("d")), { kind: "etag", etag })).toEqual({ kind: "refused" });
  expect(await bucket.put("none", bodyOf(Buffer.from("d")), { kind: "etag", etag })).toEqual({ kind: "refused" });
  expect(await bucket.get("once", etag)).toBeUndefined();
  expect((await bucket.get("once"))?.bytes.toString()).toBe("c");
});

test("lists in the order of bytes, and the folders of a level", async () => {
  const bucket = openBucket("nights", s3Settings(server.env));
  for (const key of ["l/2026-11-23/a", "l/2026-11-23.2/a", "l/2026-11-24/b", "l/top"]) {
    await bucket.put(key, bodyOf(Buffer.from(key)));
  }
  const all = await bucket.list("l/");
  expect(all.objects.map(({ key }) => key)).toEqual(["l/2026-11-23.2/a", "l/2026-11-23/a", "l/2026-11-24/b", "l/top"]);
  const level = await bucket.list("l/", "/");
  expect(level.folders).toEqual(["l/2026-11-23.2/", "l/2026-11-23/", "l/2026-11-24/"]);
  expect(level.objects.map(({ key }) => key)).toEqual(["l/top"]);
});

describe("refusals", () => {
  test("wrong keys, a bucket that isn't there", async ({ skip }) => {
    const settings = (more: Record<string, string>) => s3Settings({ ...server.env, ...more });
    await expect(openBucket("nothing-there", settings({})).list("")).rejects.toThrow(UsageError);
    await expect(openBucket("nothing-there", settings({})).list("")).rejects.toThrow(/has no bucket nothing-there$/);
    if (server.kind === "moto") skip();
    const nobody = openBucket("nights", settings({ AWS_ACCESS_KEY_ID: "nobody" }));
    await expect(nobody.get("once")).rejects.toThrow(/doesn't know the credentials for s3:\/\/nights\/once$/);
    const wrong = openBucket("nights", settings({ AWS_SECRET_ACCESS_KEY: "of-another" }));
    await expect(wrong.head("once")).rejects.toThrow(/refuses the secret key for s3:\/\/nights\/once$/);
  });

  test("a user who may not write", async ({ skip }) => {
    if (server.kind !== "versitygw") skip();
    const user = { accessKey: "reader", secretKey: "the-readers-secret" };
    const env = await server.addUser(user, "nights", [
      { actions: ["s3:GetObject"], keys: "l/*" },
      { actions: ["s3:ListBucket"], keys: "" },
    ]);
    const bucket = openBucket("nights", s3Settings(env));
    expect((await bucket.get("l/top"))?.bytes.toString()).toBe("l/top");
    const denied = await bucket.put("l/top", bodyOf(Buffer.from("x"))).catch((error: unknown) => error);
    expect(denied).toBeInstanceOf(UsageError);
    expect(String(denied)).toMatch(/denies s3:PutObject on s3:\/\/nights\/l\/top, request [0-9A-Za-z]+$/);
    await expect(bucket.head("once")).rejects.toThrow(/denies s3:GetObject on s3:\/\/nights\/once/);
  });
});

test("a server that is gone, and comes back", async ({ skip }) => {
  if (server.kind === "moto") skip();
  const patient = openBucket("nights", s3Settings(server.env, { deadline: "60s" }));
  await server.kill();
  await expect(openBucket("nights", s3Settings(server.env)).get("once")).rejects.toThrow(UnreachableError);
  const got = patient.get("once");
  await server.restart();
  expect((await got)?.bytes.toString()).toBe("c");
});
