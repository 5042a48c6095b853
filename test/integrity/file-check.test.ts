import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { atAGlance, byDigest } from "../../src/lib/integrity/file-check.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import type { Store, StoredFile } from "../../src/lib/store/store.ts";
import { test } from "../support/folder.ts";

const WRITTEN = new Date("2026-11-23T05:00:01Z");

/** Writes a file as it was recorded, with the time that a stage leaves. */
async function recorded(store: Store, key: string, content: string): Promise<StoredFile> {
  const file = { key, ...(await store.write(key, content)) };
  await touch(store, key, WRITTEN);
  return file;
}

const touch = (store: Store, key: string, time: Date) => utimes(join(store.address, key), time, time);

test("every byte is read: whatever was changed is found", async ({ folder }) => {
  const store = openFolderStore(folder);
  const file = await recorded(store, "a", "rows");
  const check = byDigest(store);
  expect(await check(file, WRITTEN)).toBeUndefined();
  await recorded(store, "a", "rowz");
  expect(await check(file, WRITTEN)).toBe("was changed");
  await store.remove("a");
  expect(await check(file, WRITTEN)).toBe("was removed");
});

test("a glance reads what is small; of the large it asks whether it is there, its size and its time", async ({
  folder,
}) => {
  const store = openFolderStore(folder);
  const glance = (readBytes: number) => atAGlance(store, readBytes);
  const file = await recorded(store, "a", "rows");
  await recorded(store, "a", "rowz");
  expect(await glance(4)(file, WRITTEN), "small").toBe("was changed");
  expect(await glance(3)(file, WRITTEN), "large, and its time as it was").toBeUndefined();

  await touch(store, "a", new Date(WRITTEN.getTime() + 60_000));
  expect(await glance(3)(file, WRITTEN), "large, and touched since").toBe("was changed");
  await store.write("a", "rows");
  expect(await glance(3)(file, WRITTEN), "touched since, by a restored backup say, and the same").toBeUndefined();

  await recorded(store, "a", "more rows");
  expect(await glance(0)(file, WRITTEN)).toBe("was changed");
  await store.remove("a");
  expect(await glance(0)(file, WRITTEN)).toBe("was removed");
});

test("a glance reads so much of all files together", async ({ folder }) => {
  const store = openFolderStore(folder);
  const files = [await recorded(store, "a", "rows"), await recorded(store, "b", "rows")];
  for (const key of ["a", "b"]) await recorded(store, key, "rowz");
  const check = atAGlance(store, 7);
  const found = [];
  for (const file of files) found.push(await check(file, WRITTEN));
  expect(found).toEqual(["was changed", undefined]);
});
