import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { orUndefined, removeFileSync } from "../../src/lib/files/absent.ts";
import { test } from "../support/folder.ts";

test("reading what isn't there gives undefined, any other error stays one", async ({ folder }) => {
  await writeFile(join(folder, "file"), "text");
  const read = (name: string) => orUndefined(() => readFileSync(join(folder, name), "utf8"));
  expect(await read("file")).toBe("text");
  expect(await read("none")).toBeUndefined();
  expect(await read("none/deeper")).toBeUndefined();
  expect(await read("file/deeper")).toBeUndefined();
  await expect(read("")).rejects.toThrow("EISDIR");
});

test("a file is removed, and removing it again is fine; a folder is refused", async ({ folder }) => {
  const file = join(folder, "file");
  await writeFile(file, "");
  removeFileSync(file);
  expect(existsSync(file)).toBe(false);
  removeFileSync(file);
  await mkdir(file);
  expect(() => removeFileSync(file)).toThrow();
  expect(existsSync(file)).toBe(true);
});
