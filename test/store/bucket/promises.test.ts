import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bucketStore } from "../../support/bucket-store.ts";
import { type FaultyS3, refusals, startFaultyS3 } from "../../support/faulty-s3.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-promises-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const left = (server: FaultyS3) => [...server.objects("bucket").keys()];

test("a bucket that takes files is as it was, and so is this machine's cache", async () => {
  await using server = await startFaultyS3();
  const store = await bucketStore(server, folder);
  await store.requireWritable();
  expect(server.seen.map(({ method }) => method)).toContain("PUT");
  expect(left(server)).toEqual([]);
  expect((await readdir(folder, { recursive: true })).sort()).toEqual([".churn", ".churn/lock"]);
});

test("where nobody else writes, no condition is asked for", async () => {
  await using server = await startFaultyS3({ ignoresConditions: true });
  await (await bucketStore(server, folder, { single_writer: true })).requireWritable();
  expect(server.count({ method: "PUT" })).toBe(1);
  expect(left(server)).toEqual([]);
  const shared = await bucketStore(server, folder);
  await expect(shared.requireWritable()).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining("takes a write's condition and doesn't look at it"),
  });
  expect(left(server)).toEqual([]);
});

test.each(["PUT", "DELETE"] as const)("a right that is missing is told: %s", async (method) => {
  await using server = await startFaultyS3();
  server.put(refusals.denied, { method, times: Number.POSITIVE_INFINITY });
  const store = await bucketStore(server, folder);
  const right = method === "PUT" ? "s3:PutObject" : "s3:DeleteObject";
  await expect(store.requireWritable()).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(right) });
});
