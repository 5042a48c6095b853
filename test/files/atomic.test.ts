import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { writeFileAtomic, writeSynced } from "../../src/lib/files/atomic.ts";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { bundle } from "../support/bundled.ts";
import { test } from "../support/folder.ts";

test("a file is there whole with its folders, and its size and digest are told", async ({ folder }) => {
  const target = join(folder, "a/b/c.json");
  for (const content of ["{}\n", Buffer.from("€")]) {
    const size_bytes = Buffer.byteLength(content);
    expect(await writeFileAtomic(target, content)).toEqual({ size_bytes, sha256: sha256(content) });
    expect(await readFile(target)).toEqual(Buffer.from(content));
  }
  expect(await readdir(dirname(target))).toEqual(["c.json"]);
});

test("a reader sees the old file until the new one is whole, and what a program put beside it goes", async ({
  folder,
}) => {
  const target = join(folder, "customers.duckdb");
  await writeFileAtomic(target, "old");
  const fingerprint = await writeFileAtomic(target, async (path) => {
    await writeFile(`${path}.wal`, "a log");
    await writeFile(path, "ne");
    expect(await readFile(target, "utf8")).toBe("old");
    await writeFile(path, "new");
    expect(await readFile(target, "utf8")).toBe("old");
  });
  expect(fingerprint).toEqual({ size_bytes: 3, sha256: sha256("new") });
  expect(await readFile(target, "utf8")).toBe("new");
  expect(await readdir(folder)).toEqual(["customers.duckdb"]);
});

test("two who write one file at once don't meet: the later one stays, whole", async ({ folder }) => {
  const target = join(folder, "file");
  const paths: string[] = [];
  await writeFileAtomic(target, async (outer) => {
    paths.push(outer);
    await writeFile(outer, "outer");
    await writeFileAtomic(target, async (inner) => {
      paths.push(inner);
      await writeFile(inner, "inner");
    });
    expect(await readFile(target, "utf8")).toBe("inner");
    expect(await readFile(outer, "utf8")).toBe("outer");
  });
  expect(new Set(paths).size).toBe(2);
  expect(await readFile(target, "utf8")).toBe("outer");
  expect(await readdir(folder)).toEqual(["file"]);
});

test("when writing fails, what was there stays and nothing is left beside it", async ({ folder }) => {
  const target = join(folder, "a.parquet");
  await writeFileAtomic(target, "good");
  const failing = writeFileAtomic(target, async (path) => {
    await writeFile(path, "ha");
    await writeFile(`${path}.wal`, "a log");
    throw new Error("the program's own words");
  });
  await expect(failing).rejects.toThrow("the program's own words");
  expect(await readFile(target, "utf8")).toBe("good");
  expect(await readdir(folder)).toEqual(["a.parquet"]);
});

test("what the file system refuses is a sentence that names the file", async ({ folder }) => {
  await mkdir(join(folder, "folder"));
  await expect(writeFileAtomic(join(folder, "folder"), "x")).rejects.toMatchObject({
    exitCode: 5,
    message: `${join(folder, "folder")}: a folder stands where a file belongs`,
  });
  const long = join(folder, "n".repeat(300));
  await expect(writeFileAtomic(long, "x")).rejects.toMatchObject({
    exitCode: 5,
    message: `${long}: the name is longer than the file system takes`,
  });
  expect(await readdir(folder)).toEqual(["folder"]);
});

test("in a shelter the file lies there until it is whole, and nothing beside its name", async ({ folder }) => {
  const shelter = { folder: join(folder, "shelter"), stem: "stem" };
  await mkdir(shelter.folder);
  await writeFileAtomic(
    join(folder, "tags/one"),
    async (path) => {
      await writeFile(path, "1");
      expect(path).toMatch(RegExp(`^${shelter.folder}/\\.stem\\.${process.pid}-[0-9a-f]{8}\\.part/one$`));
      expect(await readdir(join(folder, "tags"))).toEqual([]);
    },
    { shelter, syncFolder: false },
  );
  expect(await readFile(join(folder, "tags/one"), "utf8")).toBe("1");
  expect(await readdir(shelter.folder)).toEqual([]);
});

test("what a process left of this file that lives no longer is cleared, and nothing of other files", async ({
  folder,
}) => {
  const others = [".a.json.x", ".b.json.part", "b.json"];
  for (const name of [".a.json.4194304-0123abcd.part", ".a.json.part", ...others]) {
    await writeFile(join(folder, name), "");
  }
  await writeFileAtomic(join(folder, "a.json"), "{}");
  expect((await readdir(folder)).sort()).toEqual([...others, "a.json"].sort());
});

test("a process that is ended in the midst leaves the old file, and nothing else", async ({ folder }) => {
  await using program = await bundle("exit-writing");
  const target = join(folder, "customers.duckdb");
  await writeFileAtomic(target, "old");
  expect(await program.run(target)).toMatchObject({ exitCode: 3, stderr: "" });
  expect(await readdir(folder)).toEqual(["customers.duckdb"]);
  expect(await readFile(target, "utf8")).toBe("old");
});

test("a file of a folder that isn't finished is written under its own name", ({ folder }) => {
  const path = join(folder, "file");
  writeSynced(path, "text");
  expect(existsSync(path)).toBe(true);
  expect(() => writeSynced(join(folder, "none/file"), "text")).toThrow("ENOENT");
});
