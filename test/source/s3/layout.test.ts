import { existsSync, statSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { objectsAddress } from "../../../src/lib/source/s3/address.ts";
import { layOutCopies, layOutMarker, layOutNames } from "../../../src/lib/source/s3/layout.ts";
import { memoryBucket } from "../../support/memory-bucket.ts";
import { test } from "../../support/source-folder.ts";

/** Lays a bucket's names out, and tells what lies there. */
async function laidOut(root: string, place: string, objects: Readonly<Record<string, string>>, folders: string[] = []) {
  const address = objectsAddress(`s3://b12/${place}`);
  if (address === undefined) throw new Error(place);
  const listing = { ...(await memoryBucket(objects).list("")), folders };
  const laid = layOutNames(join(root, "names"), address, listing);
  return { files: [...laid.values()].map(({ key }) => key), address, listing };
}

const there = async (root: string) => (await readdir(join(root, "names/b12"), { recursive: true })).sort();

test("what has no bytes is a folder, a hidden name, or what is named itself", async ({ root }) => {
  const objects = { "a/": "", "a/dt=1_$folder$": "", "a/b/c.csv": "1", "a/_SUCCESS": "", "a/e.csv": "" };
  expect((await laidOut(root, "a/", objects, ["f/g/"])).files).toEqual(["a/_SUCCESS", "a/b/c.csv"]);
  expect(await there(root)).toEqual(["a", "a/_SUCCESS", "a/b", "a/b/c.csv", "f", "f/g"]);
  expect((await laidOut(join(root, "2"), "a/e.csv", { "a/e.csv": "" })).files).toEqual(["a/e.csv"]);
});

test("a marker may be an object without bytes", async ({ root }) => {
  const { address, listing } = await laidOut(root, "a/*.csv", { "a/b.csv": "1", "a/done": "" });
  expect(await there(root)).toEqual(["a", "a/b.csv"]);
  layOutMarker(join(root, "names"), address, listing, "done");
  expect(await there(root)).toEqual(["a", "a/b.csv", "a/done"]);
});

test("keys that no file can have are left out where a pattern doesn't mean them, and refused elsewhere", async ({
  root,
}) => {
  const odd = { "a//b.csv": "1", "a/../b.csv": "1", [`a/${"x".repeat(256)}.csv`]: "1", "a/b.csv": "1" };
  expect((await laidOut(root, "a/*.csv", odd)).files).toEqual(["a/b.csv"]);
  for (const place of ["a/", "a/**/*.csv"]) {
    await expect(laidOut(join(root, place), place, odd), place).rejects.toMatchObject({
      message: expect.stringContaining("has a key that no file can have"),
    });
  }
});

test("an object can't be a folder as well", async ({ root }) => {
  await expect(laidOut(root, "a/", { "a/b": "1", "a/b/c.csv": "1" })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/s3:\/\/b12\/a\/b\S* is an object and a folder as well/),
  });
});

test("copies get their objects' names, and stay when the cache is cleared", async ({ root }) => {
  const path = join(root, "copy");
  await writeFile(path, "1");
  layOutCopies(join(root, "copies"), "b12", [{ key: "dt=1/a[1].csv", path }]);
  const file = join(root, "copies/b12/dt=1/a[1].csv");
  expect([await readFile(file, "utf8"), statSync(file).nlink]).toEqual(["1", 2]);
  expect(existsSync(path)).toBe(true);
});
