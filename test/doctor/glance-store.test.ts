import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { glanceStore } from "../../src/lib/doctor/glance-store.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { test } from "../support/folder.ts";

test("each folder and file is read once, and all else is asked anew", async ({ folder }) => {
  const store = glanceStore(openFolderStore(folder));
  await writeFile(join(folder, "a.json"), "one");
  expect((await store.read("a.json"))?.toString()).toBe("one");
  expect(await store.list("")).toEqual(["a.json"]);
  await writeFile(join(folder, "a.json"), "other");
  await writeFile(join(folder, "b.json"), "");
  expect((await store.read("a.json"))?.toString()).toBe("one");
  expect(await store.list("")).toEqual(["a.json"]);
  expect(await store.stat("a.json")).toMatchObject({ size_bytes: 5 });
});
