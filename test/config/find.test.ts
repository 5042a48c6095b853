import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findWorkspace } from "../../src/lib/config/find.ts";

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "churn-find-")));
});
afterEach(() => rm(folder, { recursive: true }));

test("the workspace is the nearest folder upwards with a churn.yaml", async () => {
  const inner = join(folder, "inner", "deep");
  await mkdir(inner, { recursive: true });
  await writeFile(join(folder, "churn.yaml"), "");
  expect(await findWorkspace(inner)).toBe(folder);
  await writeFile(join(folder, "inner", "churn.yaml"), "");
  expect(await findWorkspace(inner)).toBe(join(folder, "inner"));
});

test("a link to a workspace is the workspace; above a link is what lies above where it leads", async () => {
  const inner = join(folder, "workspace", "inner");
  const other = join(folder, "other");
  await mkdir(inner, { recursive: true });
  await mkdir(other);
  for (const place of ["workspace", "other"]) await writeFile(join(folder, place, "churn.yaml"), "");
  await symlink(join(folder, "workspace"), join(other, "whole"));
  await symlink(inner, join(other, "part"));
  expect(await findWorkspace(join(other, "whole"))).toBe(join(other, "whole"));
  expect(await findWorkspace(join(other, "part"))).toBe(join(folder, "workspace"));
});

test("without a churn.yaml the next step is init", async () => {
  await expect(findWorkspace(folder)).rejects.toMatchObject({
    exitCode: 2,
    message: `no churn.yaml in ${folder} or above`,
    hint: "churn init",
  });
});

test("a folder of that name is no churn.yaml: one above counts, and without one it is named", async () => {
  const inner = join(folder, "inner");
  await mkdir(join(inner, "churn.yaml"), { recursive: true });
  await expect(findWorkspace(inner)).rejects.toMatchObject({
    exitCode: 2,
    message: `${join(inner, "churn.yaml")} is a folder, and a file belongs there`,
    hint: "move it away, then: churn init",
  });
  await writeFile(join(folder, "churn.yaml"), "");
  expect(await findWorkspace(inner)).toBe(folder);
});

test("a folder that isn't there is named", async () => {
  const missing = join(folder, "missing");
  await expect(findWorkspace(missing)).rejects.toMatchObject({ exitCode: 2, message: `there is no folder ${missing}` });
});
