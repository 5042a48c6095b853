import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test as base, expect } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { makeTemporaryFolder, temporaryPlace } from "../../src/lib/files/temporary.ts";

/** A folder, a file in it, and a path where nothing is; TMPDIR is as before afterwards. */
const test = base.extend<{ places: { folder: string; file: string; absent: string } }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  places: async ({}, use) => {
    const { TMPDIR } = process.env;
    const root = await mkdtemp(join(tmpdir(), "churn-temporary-"));
    const folder = join(root, "folder");
    await mkdir(folder);
    await writeFile(join(root, "file"), "");
    await use({ folder, file: join(root, "file"), absent: join(root, "absent") });
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
    await rm(root, { recursive: true });
  },
});

test("TMPDIR is the place, or a usual one where it is none", async ({ places: { folder, file, absent } }) => {
  process.env.TMPDIR = folder;
  expect(temporaryPlace([])).toBe(folder);
  for (const place of [file, absent]) {
    process.env.TMPDIR = place;
    expect(temporaryPlace([absent, folder])).toBe(folder);
    expect(temporaryPlace([file])).toBeUndefined();
    const made = await makeTemporaryFolder("x-", [folder]);
    expect(dirname(made)).toBe(folder);
    expect((await stat(made)).isDirectory()).toBe(true);
  }
});

test("where no place takes a folder a sentence says which were tried", async ({ places: { file, absent } }) => {
  process.env.TMPDIR = absent;
  await expect(makeTemporaryFolder("x-", [file])).rejects.toMatchObject({
    exitCode: 5,
    message: `there is no place for temporary files: none of ${absent}, ${file} is a folder that takes any`,
    hint: "set TMPDIR to one that does",
  });
});

test("DuckDB spills to a place that is there", async ({ places: { absent } }) => {
  process.env.TMPDIR = absent;
  await using db = await openDatabase();
  const [setting] = await db.rows("SELECT current_setting('temp_directory') AS place", z.object({ place: z.string() }));
  expect(setting?.place).toMatch(/^\/(var\/)?tmp\/churn-/);
});
