import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import {
  createFolder,
  listFiles,
  listFolders,
  replaceFile,
  replaceFolder,
} from "../../../src/lib/tracking/folder/whole-file.ts";
import { test } from "../../support/folder.ts";

test("a file is replaced, with the folders above it, and nothing stays in the shelter", async ({ folder }) => {
  await mkdir(join(folder, "run"));
  const target = join(folder, "run/tags/val/auc");
  for (const text of ["0.5", "0.75"]) {
    await replaceFile(target, text, join(folder, "run"));
    expect(await readFile(target, "utf8")).toBe(text);
  }
  expect(await listFiles(folder)).toEqual(["run/tags/val/auc"]);
  expect(await readdir(join(folder, "run"))).toEqual(["tags"]);
});

test("a folder appears with everything in it, and one that is there stays", async ({ folder }) => {
  const target = join(folder, "models/a");
  const made = await createFolder(
    target,
    [
      ["empty/", ""],
      ["tags/b", "1"],
      ["meta.yaml", "first"],
    ],
    folder,
  );
  const again = await createFolder(target, [["meta.yaml", "second"]], folder);
  expect([made, again]).toEqual([true, false]);
  expect(await listFiles(folder)).toEqual(["models/a/meta.yaml", "models/a/tags/b"]);
  expect(await listFolders(target)).toEqual(["empty", "tags"]);
  expect(await readFile(join(target, "meta.yaml"), "utf8")).toBe("first");
  expect(await readdir(folder)).toEqual(["models"]);
});

test("a folder takes another one's place, whatever that held", async ({ folder }) => {
  const target = join(folder, "artifacts/model");
  for (const name of ["old", "new"]) {
    await replaceFolder(target, [[name, name]], folder);
    expect(await listFiles(folder)).toEqual([`artifacts/model/${name}`]);
  }
  expect(await readdir(folder)).toEqual(["artifacts"]);
});

test("a folder that can't be written whole leaves the one that is there", async ({ folder }) => {
  const target = join(folder, "model");
  await replaceFolder(target, [["old", "old"]], folder);
  const broken = [
    ["new", "new"],
    ["new/deeper", "a folder of a file's name"],
  ] as const;
  await expect(replaceFolder(target, broken, folder)).rejects.toMatchObject({ exitCode: 5 });
  expect(await listFiles(folder)).toEqual(["model/old"]);
  expect(await readdir(folder)).toEqual(["model"]);
});
