import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { requireRegular } from "../../src/lib/source/regular.ts";
import { readSource, test } from "../support/source-folder.ts";

test("a pipe and a device are no source, and nobody waits for them", async ({ root }) => {
  execFileSync("mkfifo", [join(root, "pipe")]);
  await symlink("/dev/zero", join(root, "zero"));
  await mkdir(join(root, "many"));
  execFileSync("mkfifo", [join(root, "many/b.csv")]);
  await writeFile(join(root, "many/a.csv"), "id\n1\n");
  const sources = [
    "csv:pipe",
    "jsonl:pipe",
    "parquet:pipe",
    "duckdb:pipe",
    "csv:zero",
    "duckdb:zero",
    "csv:many",
    "csv:many/*.csv",
  ];
  for (const url of sources) {
    await expect(readSource({ url, table: "t" }, root), url).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /^source\.url: (?:pipe|zero|many\/b\.csv) is (?:a named pipe|a device) and no file$/,
      ),
      hint: "have it written to a file",
    });
  }
});

test("files, folders and links to them are regular, and what isn't there is for others to tell", async ({ root }) => {
  await writeFile(join(root, "file"), "");
  await symlink("file", join(root, "link"));
  await symlink("nowhere", join(root, "dangling"));
  for (const name of ["file", "link", "dangling", "none", "."])
    await expect(requireRegular(join(root, name), name)).resolves.toBeUndefined();
});
