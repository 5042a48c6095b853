import { execFileSync } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { mkdir, readFile, symlink, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { SIZE_LIMITS } from "../../src/lib/files/size-limits.ts";
import { openInPlace, readWithin, requireFolderWithin } from "../../src/lib/files/within.ts";
import { test as base } from "../support/folder.ts";

/** A tree, and beside it a file of the user's that no link in the tree may lead to. */
const test = base.extend<{ tree: string; outside: string }>({
  tree: async ({ folder }, use) => {
    const tree = join(folder, "tree");
    await mkdir(tree);
    await use(tree);
  },
  outside: async ({ folder }, use) => {
    const outside = join(folder, "outside");
    await mkdir(outside);
    await writeFile(join(outside, "secret"), "mine");
    await use(outside);
  },
});

test("a file is read, directly, by a link within the tree, and where the tree itself is a link", async ({
  folder,
  tree,
}) => {
  await writeFile(join(tree, "file"), "€");
  await symlink("file", join(tree, "link"));
  await symlink(tree, join(folder, "elsewhere"));
  for (const [root, name] of [
    [tree, "file"],
    [tree, "link"],
    [join(folder, "elsewhere"), "file"],
    [join(folder, "elsewhere"), "link"],
  ] as const) {
    expect(readWithin(root, join(root, name), "value").toString()).toBe("€");
  }
});

test("a link that leads out of the tree is refused, the file's own or a folder's above it", async ({
  tree,
  outside,
}) => {
  await symlink(join(outside, "secret"), join(tree, "link"));
  await symlink(outside, join(tree, "folder"));
  await symlink("/dev/zero", join(tree, "zero"));
  for (const name of ["link", "folder/secret", "zero"]) {
    const reading = () => readWithin(tree, join(tree, name), "value");
    expect(reading).toThrow(/is a link, or lies behind one, to .*, outside of /);
    expect(reading).toThrow(expect.objectContaining({ exitCode: 5 }));
  }
});

test("the root's name as the start of another one's is no way in", async ({ folder, tree }) => {
  await mkdir(join(folder, "tree2"));
  await writeFile(join(folder, "tree2/file"), "");
  await symlink("../tree2/file", join(tree, "link"));
  expect(() => readWithin(tree, join(tree, "link"), "value")).toThrow("outside of");
});

test("nobody waits for a pipe or a socket", async ({ tree }) => {
  execFileSync("mkfifo", [join(tree, "pipe")]);
  const server = createServer().listen(join(tree, "socket"));
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  expect(() => readWithin(tree, join(tree, "pipe"), "value")).toThrow("is a named pipe and no file");
  expect(() => readWithin(tree, join(tree, "socket"), "value")).toThrow("is no file");
  expect(() => openInPlace(join(tree, "pipe"), constants.O_RDWR)).toThrow("is a named pipe and no file");
  expect(() => openInPlace(join(tree, "pipe"), constants.O_WRONLY)).toThrow("is no file");
});

test("what isn't there, and a folder, are the system's errors", async ({ tree }) => {
  await mkdir(join(tree, "folder"));
  await symlink("nowhere", join(tree, "dangling"));
  for (const [name, code] of [
    ["none", "ENOENT"],
    ["dangling", "ENOENT"],
    ["folder", "EISDIR"],
  ] as const) {
    expect(() => readWithin(tree, join(tree, name), "value")).toThrow(expect.objectContaining({ code }));
  }
});

test("gigabytes are refused before a byte is read, by what the file is", async ({ tree }) => {
  const path = join(tree, "file");
  await writeFile(path, "");
  await truncate(path, SIZE_LIMITS.value);
  expect(readWithin(tree, path, "value")).toHaveLength(SIZE_LIMITS.value);
  await truncate(path, SIZE_LIMITS.value + 1);
  expect(() => readWithin(tree, path, "value")).toThrow("has 1048577 bytes, at most 1048576 are read of such a file");
  expect(readWithin(tree, path, "metric")).toHaveLength(SIZE_LIMITS.value + 1);
  await truncate(path, 2 ** 40);
  for (const kind of ["value", "meta", "metric", "model", "stored"] as const) {
    expect(() => readWithin(tree, path, kind)).toThrow("has 1099511627776 bytes");
  }
});

test("a place is judged by the nearest folder that is there", async ({ tree, outside }) => {
  await mkdir(join(tree, "real"));
  await symlink("real", join(tree, "inner"));
  await symlink(outside, join(tree, "outer"));
  for (const name of ["", "real", "real/a/b", "inner/a", "none/a"]) {
    expect(() => requireFolderWithin(tree, join(tree, name))).not.toThrow();
  }
  for (const name of ["outer", "outer/a/b", "real/../outer/c"]) {
    expect(() => requireFolderWithin(tree, join(tree, name))).toThrow("outside of");
  }
});

test("what is written in place is made, and never lies behind a link", async ({ tree, outside }) => {
  openInPlace(join(tree, "lock"), constants.O_RDWR);
  expect(existsSync(join(tree, "lock"))).toBe(true);
  await symlink(join(outside, "secret"), join(tree, "link"));
  await symlink(join(outside, "new"), join(tree, "dangling"));
  for (const name of ["link", "dangling"]) {
    expect(() => openInPlace(join(tree, name), constants.O_RDWR)).toThrow("is a link, and churn writes to no file");
  }
  expect(await readFile(join(outside, "secret"), "utf8")).toBe("mine");
  expect(existsSync(join(outside, "new"))).toBe(false);
});
