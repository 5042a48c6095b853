import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { openKnownObjects } from "../../../src/lib/source/s3/known-objects.ts";
import { test } from "../../support/source-folder.ts";

const PLACE = { server: "https://minio", bucket: "b12" };
const OBJECT = { key: "a.csv", etag: '"1"', size_bytes: 4, sha256: "0".repeat(64) };

test("an object is known by server, bucket, key and ETag", async ({ root: folder }) => {
  const known = openKnownObjects({ folder }, PLACE);
  expect(known.find("a.csv", '"1"')).toBeUndefined();
  known.add(OBJECT);
  await known.save();
  const again = openKnownObjects({ folder }, PLACE);
  expect(again.find("a.csv", '"1"')).toEqual({ ...PLACE, ...OBJECT });
  expect(again.find("a.csv", '"2"')).toBeUndefined();
  expect(openKnownObjects({ folder }, { ...PLACE, server: "AWS" }).find("a.csv", '"1"')).toBeUndefined();
  again.add({ ...OBJECT, etag: '"2"' });
  await again.save();
  expect(openKnownObjects({ folder }, PLACE).find("a.csv", '"1"')).toBeUndefined();
});

test("of a damaged list nothing is known, and where nothing is new nothing is written", async ({ root: folder }) => {
  const path = join(folder, "source-objects.json");
  await writeFile(path, "[{");
  const known = openKnownObjects({ folder }, PLACE);
  expect(known.find("a.csv", '"1"')).toBeUndefined();
  await known.save();
  expect(await readFile(path, "utf8")).toBe("[{");
});

test("the oldest of very many are forgotten", async ({ root: folder }) => {
  const known = openKnownObjects({ folder }, PLACE);
  known.add({ ...OBJECT, key: "old" });
  await known.save();
  for (let index = 0; index < 10_000; index += 1) known.add({ ...OBJECT, key: `${index}` });
  await known.save();
  const again = openKnownObjects({ folder }, PLACE);
  expect(again.find("old", '"1"')).toBeUndefined();
  expect(again.find("0", '"1"')).toBeDefined();
});
