import { execFileSync } from "node:child_process";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { probeFolder } from "../../src/lib/files/probe.ts";
import { test } from "../support/folder.ts";

test("a folder that takes files is as it was before", async ({ folder }) => {
  await writeFile(join(folder, "mine"), "mine");
  probeFolder(folder);
  expect(await readdir(folder)).toEqual(["mine"]);
});

test("of one that isn't there the nearest one above is asked, and nothing is made", async ({ folder }) => {
  probeFolder(join(folder, "a", "b"));
  expect(await readdir(folder)).toEqual([]);
});

test("a file in its place, or a link that leads nowhere, is refused as a write would be", async ({ folder }) => {
  await writeFile(join(folder, "file"), "mine");
  await symlink(join(folder, "gone"), join(folder, "link"));
  expect(() => probeFolder(join(folder, "file"))).toThrow(`${folder}/file: a file stands where a folder belongs`);
  expect(() => probeFolder(join(folder, "file", "below"))).toThrow("a file stands where a folder belongs");
  expect(() => probeFolder(join(folder, "link"))).toThrow(`${folder}/link is a link that leads nowhere`);
  expect((await readdir(folder)).sort()).toEqual(["file", "link"]);
});

test("a link to a folder is one", async ({ folder }) => {
  await mkdir(join(folder, "real"));
  await symlink(join(folder, "real"), join(folder, "link"));
  probeFolder(join(folder, "link"));
  expect(await readdir(join(folder, "real"))).toEqual([]);
});

test.skipIf(process.getuid?.() !== 0)(
  "a full disk takes none, though an empty file would fit",
  async ({ folder, skip }) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      return skip("no rights to mount");
    }
    try {
      await writeFile(join(disk, "all"), "x".repeat(4096));
      expect(() => probeFolder(disk)).toThrow(`${disk}: the disk is full`);
      expect(await readdir(disk)).toEqual(["all"]);
    } finally {
      execFileSync("umount", [disk]);
    }
  },
);
