import { mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { pathFrom } from "../../src/lib/files/path-from.ts";

/** A folder with releases/2 in it, and current, which leads there. */
const test = base.extend<{ folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  folder: async ({}, use) => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "churn-paths-")));
    await mkdir(join(folder, "releases", "2"), { recursive: true });
    await symlink("releases/2", join(folder, "current"));
    await use(folder);
    await rm(folder, { recursive: true });
  },
});

test("a path that goes up from a link goes up from where it leads", ({ folder }) => {
  for (const way of ["current", "releases/2"]) {
    expect(pathFrom(join(folder, way), "../../shared")).toBe(join(folder, "shared"));
    expect(pathFrom(join(folder, way), "..")).toBe(join(folder, "releases"));
    expect(pathFrom(join(folder, way), "a/../../b")).toBe(join(folder, "releases/b"));
  }
});

test("one that stays within, or starts at the root, stays as it is", ({ folder }) => {
  const link = join(folder, "current");
  expect(pathFrom(link, "mlruns")).toBe(join(link, "mlruns"));
  expect(pathFrom(link, ".")).toBe(link);
  expect(pathFrom(link, "..data/x")).toBe(join(link, "..data/x"));
  expect(pathFrom(link, join(link, "../x"))).toBe(join(folder, "x"));
  expect(pathFrom("/srv/not-there", "../x")).toBe("/srv/x");
});
