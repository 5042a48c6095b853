import { readFile, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { openCache } from "../../../src/lib/cache/cache.ts";
import { UnreachableError } from "../../../src/lib/errors.ts";
import type { Bucket } from "../../../src/lib/s3/bucket.ts";
import { fetchObjects } from "../../../src/lib/source/s3/fetch.ts";
import { openKnownObjects } from "../../../src/lib/source/s3/known-objects.ts";
import { memoryBucket } from "../../support/memory-bucket.ts";
import { test } from "../../support/source-folder.ts";

const MANY = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`c/${index}.csv`, `id\n${index}\n`]));

/** Fetches all that a bucket has, as a night of its own does. */
async function fetchAll(root: string, bucket: Bucket) {
  const { objects } = await bucket.list("");
  const cache = openCache(root);
  return await fetchObjects(bucket, objects, cache, openKnownObjects(cache, { server: "memory", bucket: "bucket" }));
}

test("each object is fetched once, and not again while it is the same", async ({ root }) => {
  const bucket = memoryBucket(MANY);
  const fetched = await fetchAll(root, bucket);
  expect(fetched?.map(({ key }) => key)).toEqual(Object.keys(MANY).sort());
  for (const { key, path } of fetched ?? []) expect(await readFile(path, "utf8"), key).toBe(MANY[key]);
  bucket.set("c/7.csv", "id\n77\n");
  bucket.asked.length = 0;
  expect(await fetchAll(root, bucket)).toHaveLength(20);
  expect(bucket.asked).toEqual(["list ", "download c/7.csv"]);
});

test("a damaged copy is fetched anew", async ({ root }) => {
  const bucket = memoryBucket({ "a.csv": "id\n1\n" });
  const [first] = (await fetchAll(root, bucket)) ?? [];
  await writeFile(first?.path ?? "", "id\n2\n");
  const [again] = (await fetchAll(root, bucket)) ?? [];
  expect(await readFile(again?.path ?? "", "utf8")).toBe("id\n1\n");
});

test("what is no longer as it was listed is not taken", async ({ root }) => {
  const bucket = memoryBucket({ "a.csv": "id\n1\n" });
  const changing: Bucket = {
    ...bucket,
    list: async (prefix) => {
      const listing = await bucket.list(prefix);
      bucket.set("a.csv", "id\n2\n");
      return listing;
    },
  };
  expect(await fetchAll(root, changing)).toBeUndefined();
  const careless: Bucket = { ...changing, download: (key, path) => bucket.download(key, path) };
  expect(await fetchAll(root, careless)).toBeDefined();
  bucket.set("a.csv", "id\n3\n");
  expect(await fetchAll(root, careless)).toBeUndefined();
});

test("an error ends the others, and what came stays", async ({ root }) => {
  const bucket = memoryBucket(MANY);
  const failing: Bucket = {
    ...bucket,
    download: async (key, path, etag) => {
      if (key === "c/5.csv") throw new UnreachableError("lost");
      return await bucket.download(key, path, etag);
    },
  };
  await expect(fetchAll(root, failing)).rejects.toThrow("lost");
  bucket.asked.length = 0;
  expect(await fetchAll(root, bucket)).toHaveLength(20);
  expect(bucket.asked.length).toBeLessThan(20);
});
