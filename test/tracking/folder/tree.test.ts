import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { SIZE_LIMITS } from "../../../src/lib/files/size-limits.ts";
import { openFolder } from "../../../src/lib/tracking/folder/folder.ts";
import { withFolderLock } from "../../../src/lib/tracking/folder/lock.ts";
import type { Tracking } from "../../../src/lib/tracking/tracking.ts";
import { test as base, modelName, newRun, registerVersion } from "../../support/tracking-folder.ts";

/** A tree with one version, and beside it a folder of the user's with a file that nothing in the tree may change. */
const test = base.extend<{ outside: string; version: string; run: string }>({
  outside: async ({ root }, use) => {
    const outside = join(dirname(root), "outside");
    await mkdir(outside);
    await writeFile(join(outside, "file"), "mine");
    await use(outside);
    expect(await readdir(outside)).toEqual(["file"]);
    expect(await readFile(join(outside, "file"), "utf8")).toBe("mine");
  },
  version: async ({ root, tracking }, use) => {
    await registerVersion(tracking, "night");
    await use(join(root, "models", modelName, "version-1"));
  },
  run: async ({ root, tracking, version }, use) => {
    expect(version).toContain(root);
    const { runId = "" } = (await onlyVersion(tracking)) ?? {};
    const [experiment = ""] = (await readdir(root)).filter((name) => name.length === 18);
    await use(join(root, experiment, runId ?? ""));
  },
});

async function onlyVersion(tracking: Tracking) {
  const [version] = await tracking.modelVersions(modelName);
  if (version === undefined) throw new Error("no version");
  return version;
}

async function inPlaceOf(path: string, make: (path: string) => unknown): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await make(path);
}

const pipe = (path: string) => execFileSync("mkfifo", [path]);
async function gigabytes(path: string) {
  await writeFile(path, "");
  await truncate(path, 2 ** 40);
}

test("a pipe, a device, a link or gigabytes in the place of a meta.yaml are a sentence at once", async ({
  tracking,
  outside,
  version,
}) => {
  for (const make of [
    pipe,
    gigabytes,
    (path: string) => symlink("/dev/zero", path),
    (path: string) => symlink(join(outside, "file"), path),
  ]) {
    await inPlaceOf(join(version, "meta.yaml"), make);
    await expect(tracking.modelVersions(modelName)).rejects.toMatchObject({ exitCode: 5 });
  }
});

test("likewise in the place of a file of the model", async ({ tracking, outside, run }) => {
  const version = await onlyVersion(tracking);
  const file = join(run, "artifacts/model/model.json");
  await inPlaceOf(file, gigabytes);
  await expect(tracking.downloadModel(version)).rejects.toThrow("has 1099511627776 bytes");
  for (const make of [pipe, (path: string) => symlink(join(outside, "file"), path)]) {
    await inPlaceOf(file, make);
    expect((await tracking.downloadModel(version)).has("model.json")).toBe(false);
  }
  const elsewhere = join(dirname(outside), "elsewhere");
  await rename(join(run, "artifacts/model"), elsewhere);
  await symlink(outside, join(run, "artifacts/model"));
  await expect(tracking.downloadModel(version)).rejects.toThrow("no model at");
  await inPlaceOf(join(run, "artifacts/model"), (path) => symlink(elsewhere, path));
  await expect(tracking.downloadModel(version)).rejects.toThrow("outside of");
});

test("a model folder with more files, or larger ones, than a model has is not read", async ({ tracking, run }) => {
  const version = await onlyVersion(tracking);
  const model = join(run, "artifacts/model");
  for (const name of ["a", "b", "c"]) {
    await writeFile(join(model, name), "");
    await truncate(join(model, name), SIZE_LIMITS.model);
  }
  await expect(tracking.downloadModel(version)).rejects.toThrow("more than 536870912 bytes");
  for (const name of ["a", "b", "c"]) await rm(join(model, name));
  for (let number = 0; number < 1001; number += 1) await writeFile(join(model, `file-${number}`), "");
  await expect(tracking.downloadModel(version)).rejects.toThrow("and at most 1000 are read of a model folder");
});

test("nothing is written behind a link: a run's values, a version's tags and stage, an alias", async ({
  root,
  tracking,
  outside,
  version,
  run,
}) => {
  const { runId } = await onlyVersion(tracking);
  await inPlaceOf(join(version, "tags"), (path) => symlink(outside, path));
  await expect(tracking.setModelVersionTags(modelName, 1, { file: "theirs" })).rejects.toMatchObject({ exitCode: 5 });
  await rm(join(version, "tags"));
  await inPlaceOf(join(root, "models", modelName, "aliases"), (path) => symlink(outside, path));
  await expect(tracking.setAlias(modelName, "file", 1)).rejects.toMatchObject({ exitCode: 5 });
  await expect(tracking.deleteAlias(modelName, "file")).rejects.toMatchObject({ exitCode: 5 });
  await rm(join(root, "models", modelName, "aliases"));
  for (const folder of ["params", "tags", "metrics", "artifacts"]) {
    await inPlaceOf(join(run, folder), (path) => symlink(outside, path));
  }
  const metric = { key: "file", value: 1, timestamp: 1, step: 0 };
  for (const batch of [{ params: { file: "b" } }, { metrics: [metric] }, { tags: { file: "b" } }]) {
    await expect(tracking.logBatch(runId ?? "", batch)).rejects.toMatchObject({ exitCode: 5 });
  }
  await expect(
    tracking.logModel(runId ?? "", new Map([["MLmodel", Buffer.from("flavors: {}")]])),
  ).rejects.toMatchObject({ exitCode: 5 });
});

test("a link in a file's own place is replaced, and what it leads to stays", async ({ tracking, outside, version }) => {
  await mkdir(join(version, "tags"), { recursive: true });
  await symlink(join(outside, "new"), join(version, "tags/own"));
  await tracking.setModelVersionTags(modelName, 1, { own: "b" });
  expect((await onlyVersion(tracking)).tag("own")).toBe("b");
});

test("no experiment, model or lock is made behind a link", async ({ root, tracking, outside, version }) => {
  expect(version).toContain(root);
  await inPlaceOf(join(root, ".churn.lock"), (path) => symlink(join(outside, "file"), path));
  await expect(tracking.createRun(newRun("other"))).rejects.toMatchObject({ exitCode: 5, hint: "remove the link" });
  await inPlaceOf(join(root, ".churn.lock"), pipe);
  await expect(withFolderLock(root, async () => {})).rejects.toThrow("is a named pipe and no file");
  await rm(join(root, ".churn.lock"));
  await inPlaceOf(join(root, "models"), (path) => symlink(outside, path));
  await expect(registerVersion(tracking, "other")).rejects.toMatchObject({ exitCode: 5 });
});

test("what killed writers left outside stays there", async ({ root, tracking, version }) => {
  expect(version).toContain(root);
  const other = join(dirname(root), "other");
  const left = join(other, ".churn.999999-00000000.part");
  await mkdir(left, { recursive: true });
  await rename(join(root, "models"), join(root, "moved"));
  await symlink(other, join(root, "models"));
  await writeFile(join(root, ".churn.lock"), "process 999999, since then\n");
  await tracking.createRun(newRun("other"));
  expect(await readdir(other)).toEqual([".churn.999999-00000000.part"]);
});

test("the tree itself may be a link, and one within it is followed", async ({ root, tracking, version }) => {
  await rename(join(version, "meta.yaml"), join(version, "real.yaml"));
  await symlink("real.yaml", join(version, "meta.yaml"));
  const elsewhere = join(dirname(root), "elsewhere");
  await rename(root, elsewhere);
  await symlink(elsewhere, root);
  expect(await openFolder(root).modelVersions(modelName)).toHaveLength(1);
  await tracking.setModelVersionTags(modelName, 1, { a: "b" });
  expect((await onlyVersion(tracking)).tag("a")).toBe("b");
});
