import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { realPath } from "../../src/lib/files/real-path.ts";
import { test } from "../support/source-folder.ts";

test("a path leads where its links lead, as far as there is anything", async ({ root }) => {
  await mkdir(join(root, "a"));
  await writeFile(join(root, "a/file"), "");
  await symlink("a", join(root, "link"));
  await symlink("nowhere", join(root, "dangling"));
  await symlink("circle", join(root, "circle"));
  for (const [path, real] of [
    ["a/file", "a/file"],
    ["link/file", "a/file"],
    ["link/new/deeper", "a/new/deeper"],
    ["dangling", "dangling"],
    ["circle", "circle"],
  ] as const)
    expect(realPath(join(root, path))).toBe(join(realPath(root), real));
  expect(realPath("/")).toBe("/");
});
