import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { changeOf } from "../../src/lib/store/change.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";

test("a file is held to its size and its bytes, and read only where its size is the same", async () => {
  const root = await mkdtemp(join(tmpdir(), "churn-change-"));
  const store = openFolderStore(root);
  const file = { key: "raw/a", ...(await store.write("raw/a", "one")) };
  let read = 0;
  const watched = {
    stat: store.stat,
    fingerprint: async (key: string) => {
      read += 1;
      return await store.fingerprint(key);
    },
  };
  expect(await changeOf(watched, file)).toBeUndefined();
  await store.write("raw/a", "two");
  expect(await changeOf(watched, file)).toBe("was changed");
  expect(read).toBe(2);
  await store.write("raw/a", "three");
  expect(await changeOf(watched, file)).toBe("was changed");
  await store.remove("raw/a");
  expect(await changeOf(watched, file)).toBe("was removed");
  expect(read).toBe(2);
  await rm(root, { recursive: true });
});
