import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterEach, expect, vi } from "vitest";
import { makeTemporaryFolder, temporaryPath } from "../../src/lib/files/temporary.ts";
import { test } from "../support/folder.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

const hint = "set TMPDIR to a folder that you may write into";

test("a path is new each time, and nothing is made", async ({ folder }) => {
  vi.stubEnv("TMPDIR", folder);
  expect(dirname(temporaryPath("churn"))).toBe(folder);
  expect(basename(temporaryPath("churn"))).toMatch(/^churn-[0-9a-f-]{36}$/);
  expect(temporaryPath("churn")).not.toBe(temporaryPath("churn"));
  expect(await readdir(folder)).toEqual([]);
});

test("a folder is its maker's alone", async ({ folder }) => {
  vi.stubEnv("TMPDIR", folder);
  const made = await stat(makeTemporaryFolder("churn"));
  expect(made.isDirectory()).toBe(true);
  expect(made.mode & 0o777).toBe(0o700);
});

test("a TMPDIR that is a file is a mistake, one that isn't there when something is to be put into it", async ({
  folder,
}) => {
  const file = join(folder, "file");
  await writeFile(file, "");
  vi.stubEnv("TMPDIR", file);
  const isFile = { exitCode: 2, message: `the temporary folder ${file} is a file`, hint };
  expect(() => temporaryPath("churn")).toThrow(expect.objectContaining(isFile));
  expect(() => makeTemporaryFolder("churn")).toThrow(expect.objectContaining(isFile));

  for (const gone of [join(folder, "gone"), join(file, "below")]) {
    vi.stubEnv("TMPDIR", gone);
    expect(dirname(temporaryPath("churn"))).toBe(gone);
    expect(() => makeTemporaryFolder("churn")).toThrow(
      expect.objectContaining({ exitCode: 2, message: `the temporary folder ${gone} is not there`, hint }),
    );
  }
  await mkdir(join(folder, "gone"));
  vi.stubEnv("TMPDIR", join(folder, "gone"));
  expect(dirname(makeTemporaryFolder("churn"))).toBe(join(folder, "gone"));
});
