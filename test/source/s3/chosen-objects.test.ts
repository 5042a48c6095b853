import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { objectsAddress } from "../../../src/lib/source/s3/address.ts";
import { chosenObjects } from "../../../src/lib/source/s3/chosen-objects.ts";
import { memoryBucket } from "../../support/memory-bucket.ts";
import { test } from "../../support/source-folder.ts";

const TODAY = { date: "2026-11-23", today: "2026-11-23", complete: true };

/** The keys that an address means. */
async function chosen(root: string, path: string, objects: Readonly<Record<string, string>>, require?: string) {
  const address = objectsAddress(`s3://b12/${path}`);
  if (address === undefined) throw new Error(path);
  const names = join(root, "names");
  const settings = {
    ...{ root: names, path: join(names, "b12", path), description: `s3://b12/${path}`, copiesOf: "s3://" },
    ...{ table: undefined, query: undefined, files: [], require },
  };
  try {
    return (await chosenObjects(memoryBucket(objects), address, settings, TODAY)).map(({ key }) => key);
  } finally {
    expect(existsSync(names)).toBe(false);
  }
}

test("an address means what it means in a folder, and no name stays on this machine", async ({ root }) => {
  const objects = { "c/a.csv": "1", "c/b.csv": "1", "c/_x.csv": "1", "c/d/e.csv": "1", "c2/a.csv": "1" };
  expect(await chosen(root, "c/*.csv", objects)).toEqual(["c/a.csv", "c/b.csv"]);
  expect(await chosen(root, "c/**/*.csv", objects)).toEqual(["c/a.csv", "c/b.csv", "c/d/e.csv"]);
  expect(await chosen(root, "c/b.csv", objects)).toEqual(["c/b.csv"]);
  await expect(chosen(root, "c/", objects)).rejects.toThrow("holds a folder, d, that isn't called key=value");
  await expect(chosen(root, "c/x.csv", objects)).rejects.toThrow("there is no file s3://b12/c/x.csv");
});

test("a marker that has no bytes is none of the customers' files", async ({ root }) => {
  const objects = { "c/a.csv": "1", "c/done": "" };
  expect(await chosen(root, "c/", objects, "done")).toEqual(["c/a.csv"]);
  await expect(chosen(root, "c/", objects, "ready")).rejects.toMatchObject({ exitCode: 75 });
});
