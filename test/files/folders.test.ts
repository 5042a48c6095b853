import { existsSync } from "node:fs";
import { mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { makeFolder } from "../../src/lib/files/folders.ts";
import { test } from "../support/folder.ts";

test("a folder is made with those above it, and making it again is fine", async ({ folder }) => {
  const path = join(folder, "a/b/c");
  makeFolder(path);
  makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

test("a link to a folder is a folder", async ({ folder }) => {
  await mkdir(join(folder, "elsewhere"));
  await symlink("elsewhere", join(folder, "link"));
  makeFolder(join(folder, "link/a"));
  expect((await stat(join(folder, "elsewhere/a"))).isDirectory()).toBe(true);
});

test("what is in the way is told by its name", async ({ folder }) => {
  await writeFile(join(folder, "file"), "");
  await symlink("/nonexistent/disk", join(folder, "nowhere"));
  await symlink("circle", join(folder, "circle"));
  const long = "n".repeat(300);
  const refused = [
    ["file", `${join(folder, "file")}: a file stands where a folder belongs`, "move it away, then run it again"],
    ["file/a", `${join(folder, "file/a")}: a file stands where a folder belongs`, "move it away, then run it again"],
    ["nowhere", `${join(folder, "nowhere")} is a link that leads nowhere`, "is the disk that it stands for mounted?"],
    [
      "nowhere/a/b",
      `${join(folder, "nowhere")} is a link that leads nowhere`,
      "is the disk that it stands for mounted?",
    ],
    ["circle", `${join(folder, "circle")}: symbolic links lead in a circle`, "remove the link, then run it again"],
    [long, `${join(folder, long)}: the name is longer than the file system takes`, "a workspace with a shorter path"],
  ] as const;
  for (const [path, message, hint] of refused) {
    expect(() => makeFolder(join(folder, path))).toThrow(expect.objectContaining({ exitCode: 5, message, hint }));
  }
});

test.skipIf(!existsSync("/proc/self"))("a place that takes no folders is told as one", () => {
  expect(() => makeFolder("/proc/churn")).toThrow(
    expect.objectContaining({ exitCode: 5, message: "/proc/churn can't be made", hint: "is that a place for files?" }),
  );
});
