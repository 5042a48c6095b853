import { expect, test } from "vitest";
import { UsageError } from "../../../src/lib/errors.ts";
import { objectsAddress } from "../../../src/lib/source/s3/address.ts";
import { listAround, listLightly } from "../../../src/lib/source/s3/listing.ts";
import { type MemoryBucket, memoryBucket } from "../../support/memory-bucket.ts";

const ORDERS = {
  "exports/c.csv": "1",
  "exports/c.csv2": "1",
  "exports/c/a.csv": "1",
  "exports/_SUCCESS": "",
  "exports2/c.csv": "1",
  "table/_delta_log/0.json": "1",
  "table/_SUCCESS": "",
  "table/dt=2026-11-22/a.csv": "1",
  "table/dt=2026-11-23/a.csv": "1",
  "table/dt=2026-11-233/a.csv": "1",
  "ice/data/a.parquet": "1",
  "ice/metadata/1.metadata.json": "1",
};

async function listed(place: string, marker?: string, bucket: MemoryBucket = memoryBucket(ORDERS)) {
  const address = objectsAddress(`s3://bucket/${place}`);
  if (address === undefined) throw new Error(place);
  const { objects, folders } = await listAround(bucket, address, marker);
  return { keys: objects.map(({ key }) => key), folders, asked: bucket.asked };
}

test("a pattern's folder is listed, with a slash at its end", async () => {
  expect(await listed("exports/*.csv")).toEqual({
    keys: ["exports/_SUCCESS", "exports/c.csv", "exports/c.csv2", "exports/c/a.csv"],
    folders: [],
    asked: ["list exports/"],
  });
  expect((await listed("*/c.csv")).asked).toEqual(["list "]);
});

test("a name is an object's, or a folder's", async () => {
  expect(await listed("exports/c.csv")).toMatchObject({
    keys: ["exports/c.csv"],
    asked: ["list exports/c.csv by level"],
  });
  expect(await listed("exports/c")).toMatchObject({ keys: ["exports/c/a.csv"] });
  expect(await listed("exports/c/")).toMatchObject({ keys: ["exports/c/a.csv"], asked: ["list exports/c/"] });
  expect(await listed("exports/d")).toMatchObject({ keys: [] });
  expect((await listed("")).keys).toHaveLength(Object.keys(ORDERS).length);
});

test("a marker is looked for beside an object", async () => {
  expect(await listed("exports/c.csv", "_SUCCESS")).toMatchObject({ keys: ["exports/c.csv", "exports/_SUCCESS"] });
  expect(await listed("table/dt=2026-11-23/a.csv", "_SUCCESS")).toMatchObject({
    keys: ["table/dt=2026-11-23/a.csv", "table/_SUCCESS"],
  });
});

test("of the folders above a partition the names are known", async () => {
  expect(await listed("table/dt=2026-11-23/")).toEqual({
    keys: ["table/dt=2026-11-23/a.csv", "table/_SUCCESS"],
    folders: ["table/_delta_log/", "table/dt=2026-11-22/", "table/dt=2026-11-23/", "table/dt=2026-11-233/"],
    asked: ["list table/dt=2026-11-23/", "list table/ by level"],
  });
  expect((await listed("ice/data/*.parquet")).keys).toEqual(["ice/data/a.parquet", "ice/metadata/1.metadata.json"]);
});

test("whoever may not list above a partition reads it all the same", async () => {
  const bucket = memoryBucket(ORDERS);
  const denied = (error: Error): MemoryBucket => ({
    ...bucket,
    list: async (prefix, delimiter) => {
      if (prefix === "table/") throw error;
      return await bucket.list(prefix, delimiter);
    },
  });
  expect(await listed("table/dt=2026-11-23/", undefined, denied(new UsageError("denied")))).toMatchObject({
    keys: ["table/dt=2026-11-23/a.csv"],
  });
  await expect(listed("table/dt=2026-11-23/", undefined, denied(new Error("lost")))).rejects.toThrow("lost");
});

test("whether one may list costs no more than a level", async () => {
  const bucket = memoryBucket(ORDERS);
  for (const path of ["exports/*.csv", "exports/c.csv", "exports/"])
    await listLightly(bucket, { bucket: "bucket", path: path.replace(/\/$/, ""), isFolder: path.endsWith("/") });
  expect(bucket.asked).toEqual(["list exports/ by level", "list exports/c.csv by level", "list exports/ by level"]);
});
