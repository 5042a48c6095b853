import { execFileSync } from "node:child_process";
import { closeSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { openRegular } from "../../src/lib/files/regular.ts";
import { test } from "../support/folder.ts";

test("a file is opened, behind a link too", async ({ folder }) => {
  await writeFile(join(folder, "file"), "text");
  await symlink("file", join(folder, "link"));
  for (const name of ["file", "link"]) {
    const { fd, stats } = openRegular(join(folder, name));
    closeSync(fd);
    expect(stats.size).toBe(4);
  }
});

test("what is no file is refused at once; what isn't there is the system's to tell", async ({ folder }) => {
  await mkdir(join(folder, "folder"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  await symlink("/dev/zero", join(folder, "device"));
  for (const name of ["folder", "pipe", "device"])
    expect(() => openRegular(join(folder, name))).toThrow(
      expect.objectContaining({
        exitCode: 2,
        message: `${join(folder, name)} is not a file`,
        hint: "move it away: a file of text belongs there",
      }),
    );
  expect(() => openRegular(join(folder, "none"))).toThrow(expect.objectContaining({ code: "ENOENT" }));
});
