import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { sha256 } from "../../src/lib/files/fingerprint.ts";
import { attemptKey, recordKey } from "../../src/lib/stage/record.ts";
import { openFolderStore } from "../../src/lib/store/folder.ts";
import { FOLDERS } from "../../src/lib/store/key.ts";
import { pipeline } from "../../src/pipeline.ts";

const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-store-"));
    await use(root);
    await rm(root, { recursive: true, force: true });
  },
});

test("a file is there whole, with its size and digest", async ({ root }) => {
  const store = openFolderStore(root);
  expect(await store.write("a/b/c.json", "{}\n")).toEqual({ size_bytes: 3, sha256: sha256("{}\n") });
  expect(await store.fingerprint("a/b/c.json")).toEqual({ size_bytes: 3, sha256: sha256("{}\n") });
  expect((await store.read("a/b/c.json"))?.toString()).toBe("{}\n");
  expect(await readdir(join(root, "a/b"))).toEqual(["c.json"]);
});

test("when writing fails, what was there stays and nothing half-written is left", async ({ root }) => {
  const store = openFolderStore(root);
  await store.write("a.parquet", "good");
  const failing = store.replace("a.parquet", async (path) => {
    await writeFile(path, "ha");
    throw new Error("disk");
  });
  await expect(failing).rejects.toThrow("disk");
  expect(await readFile(join(root, "a.parquet"), "utf8")).toBe("good");
  expect(await readdir(root)).toEqual(["a.parquet"]);
});

test("what a killed run left unfinished is neither listed nor in the way", async ({ root }) => {
  const store = openFolderStore(root);
  await writeFile(join(root, ".a.json.part"), "ha");
  expect(await store.list("")).toEqual([]);
  await store.write("a.json", "whole");
  expect(await readdir(root)).toEqual(["a.json"]);
});

test("what a run that failed left unfinished is cleared by the next one, and nothing else in the folder", async ({
  root,
}) => {
  const attempts = join(root, "records/2026-11-23/attempts/run");
  const left = [`${attempts}/.train.json.4242-0123abcd.part`, join(root, "notifications/.a.txt.4242-0123abcd.part")];
  const others = [join(root, "mine/.a.json.part"), `${attempts}/train.json`];
  await mkdir(attempts, { recursive: true });
  for (const folder of ["notifications", "mine"]) await mkdir(join(root, folder));
  const leave = async () => {
    for (const file of [...left, ...others]) await writeFile(file, "");
  };
  const there = () => [...left, ...others].filter((file) => existsSync(file));

  await leave();
  const run = openFolderStore(root);
  await run.begin("a run");
  expect(there(), "nobody was here before").toEqual([...left, ...others]);
  await run.end(false);
  await run.begin("the next one");
  expect(there()).toEqual(others);

  await leave();
  await run.end(true);
  await run.begin("after one that ended in order");
  expect(there()).toEqual([...left, ...others]);
  await run.end();
});

test("every key of a night begins with one of the folders that are looked through", () => {
  const keys = pipeline
    .flatMap(({ produces }) => Object.values(produces))
    .map((artifact) => (artifact.kind === "result" ? "" : artifact.key));
  const written = [
    ...keys.filter((key) => key !== ""),
    recordKey("NIGHT", "train"),
    attemptKey("NIGHT", "run", "train"),
  ];
  for (const key of written) expect(FOLDERS).toContain(key.split("/")[0]);
});

test("what isn't there is undefined, an empty list, and no error to remove", async ({ root }) => {
  const store = openFolderStore(root);
  expect(await store.read("none")).toBeUndefined();
  expect(await store.fingerprint("none/deeper")).toBeUndefined();
  expect(await store.list("none")).toEqual([]);
  await store.remove("none");
});

test("a folder is made once", async ({ root }) => {
  const store = openFolderStore(root);
  expect(await store.createFolder("runs/one")).toBe(true);
  expect(await store.createFolder("runs/one")).toBe(false);
});

test("what the file system refuses is a sentence that names the file", async ({ root }) => {
  const store = openFolderStore(root);
  await mkdir(join(root, "folder"));
  await writeFile(join(root, "file"), "");
  await symlink("circle", join(root, "circle"));
  await symlink("/nonexistent/disk", join(root, "nowhere"));
  const long = "n".repeat(300);
  const refused: [() => Promise<unknown>, string][] = [
    [() => store.read("folder"), `${join(root, "folder")}: a folder stands where a file belongs`],
    [() => store.write("file/below", ""), `${join(root, "file")}: a file stands where a folder belongs`],
    [() => store.fingerprint("circle"), `${join(root, "circle")}: symbolic links lead in a circle`],
    [() => store.write("nowhere/below", ""), `${join(root, "nowhere")} is a link that leads nowhere`],
    [() => store.write("folder", ""), `${join(root, "folder")}: a folder stands where a file belongs`],
    [() => store.write(long, ""), `${join(root, long)}: the name is longer than the file system takes`],
  ];
  for (const [refusal, message] of refused) await expect(refusal()).rejects.toMatchObject({ exitCode: 5, message });
});

test("a file is found on this machine by its digest, and refused when it was changed or removed", async ({ root }) => {
  const store = openFolderStore(root);
  const file = { key: "raw/a.parquet", ...(await store.write("raw/a.parquet", "rows")) };
  expect(await store.local(file)).toBe(join(root, "raw/a.parquet"));
  await store.write("raw/a.parquet", "other");
  await expect(store.local(file)).rejects.toMatchObject({ exitCode: 4, message: "raw/a.parquet was changed" });
  await store.remove("raw/a.parquet");
  await expect(store.local(file)).rejects.toMatchObject({ exitCode: 4, message: "raw/a.parquet was removed" });
});

test("what lies behind a link out of the store is neither read nor written nor removed", async ({ root }) => {
  const store = openFolderStore(join(root, "store"));
  await mkdir(join(root, "store/raw"), { recursive: true });
  await mkdir(join(root, "other"));
  await writeFile(join(root, "other/file"), "mine");
  await symlink(join(root, "other"), join(root, "store/models"));
  await symlink(join(root, "other/file"), join(root, "store/raw/file"));
  for (const refused of [
    () => store.read("raw/file"),
    () => store.stat("raw/file"),
    () => store.fingerprint("models/file"),
    () => store.list("models"),
    () => store.write("models/file", "other"),
    () => store.replace("models/deeper/file", (path) => writeFile(path, "other")),
    () => store.remove("models/file"),
    () => store.createFolder("models/one"),
  ]) {
    await expect(refused()).rejects.toMatchObject({ exitCode: 5, message: expect.stringContaining("outside of") });
  }
  // A file is written in the link's place, not behind it.
  await store.write("raw/file", "other");
  expect((await store.read("raw/file"))?.toString()).toBe("other");
  expect(await readdir(join(root, "other"))).toEqual(["file"]);
  expect(await readFile(join(root, "other/file"), "utf8")).toBe("mine");
});

test("a link within the store is followed", async ({ root }) => {
  const store = openFolderStore(root);
  await store.write("disk/raw/file", "text");
  await symlink("disk/raw", join(root, "raw"));
  await store.write("raw/other", "text");
  expect((await store.read("raw/file"))?.toString()).toBe("text");
  expect(await store.list("raw")).toEqual(["file", "other"]);
});

test("nobody waits for a pipe in a file's place, and gigabytes are not read", async ({ root }) => {
  const store = openFolderStore(root);
  execFileSync("mkfifo", [join(root, "pipe")]);
  await writeFile(join(root, "large"), "");
  await truncate(join(root, "large"), 2 ** 40);
  await expect(store.read("pipe")).rejects.toThrow("is a named pipe and no file");
  await expect(store.fingerprint("pipe")).rejects.toThrow("is a named pipe and no file");
  await expect(store.read("large")).rejects.toThrow("has 1099511627776 bytes");
  const file = { key: "large", size_bytes: 3, sha256: sha256("abc") };
  await expect(store.local(file)).rejects.toThrow("large was changed");
});

test("a store that a run has taken is nobody else's until it ends", async ({ root }) => {
  const [one, other] = [openFolderStore(root), openFolderStore(root)];
  await one.begin("run-all of today");
  await expect(other.begin("train of today")).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringContaining(`another run holds the lock on the store ${root}: run-all of today`),
  });
  await one.end();
  expect(await other.begin("train of today")).toHaveLength(1);
  await other.end();
  await other.end();
});

test("what is removed leaves no empty folder behind, up to the store's own", async ({ root }) => {
  const store = openFolderStore(root);
  for (const key of ["raw/n/a.parquet", "raw/n/b.json", "models/n/model/MLmodel"]) await store.write(key, "x");
  await store.remove("models/n/model/MLmodel");
  await store.remove("raw/n/a.parquet");
  expect(await readdir(root)).toEqual(["raw"]);
  expect(await readdir(join(root, "raw", "n"))).toEqual(["b.json"]);
  await store.remove("raw/n/b.json");
  await store.remove("raw/n/never.json");
  expect(await readdir(root)).toEqual([]);
});

test("a store that takes files is asked folder by folder, and is as it was", async ({ root }) => {
  const store = openFolderStore(join(root, "new"));
  await store.requireWritable();
  expect(await readdir(root)).toEqual([]);
  await mkdir(join(root, "new/records/2026-11-23"), { recursive: true });
  await store.requireWritable();
  expect(await readdir(join(root, "new"), { recursive: true })).toEqual(["records", "records/2026-11-23"]);
});

test("a folder of a store that is none, or lies elsewhere behind a link, is refused as a write is", async ({
  root,
}) => {
  const store = openFolderStore(join(root, "store"));
  await mkdir(join(root, "store"));
  await mkdir(join(root, "elsewhere"));
  await symlink(join(root, "elsewhere"), join(root, "store/models"));
  const outside = "store/models is a link, or lies behind one, to";
  await expect(store.requireWritable()).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringContaining(outside),
  });
  await expect(store.write("models/2026-11-23/a.json", "{}")).rejects.toThrow(outside);
  expect(await readdir(join(root, "elsewhere"))).toEqual([]);
  await rm(join(root, "store/models"));
  await writeFile(join(root, "store/features"), "mine");
  await expect(store.requireWritable()).rejects.toMatchObject({
    exitCode: 5,
    message: `${root}/store/features: a file stands where a folder belongs`,
  });
});
