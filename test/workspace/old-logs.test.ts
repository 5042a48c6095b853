import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test as base, expect } from "vitest";
import { removeOldLogs } from "../../src/lib/workspace/old-logs.ts";

const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-logs-"));
    await use(root);
    await rm(root, { recursive: true });
  },
});

async function write(root: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(root, "logs", name)), { recursive: true });
    await writeFile(join(root, "logs", name), "{}\n");
  }
}

async function left(root: string): Promise<string[]> {
  const names = await readdir(join(root, "logs"), { recursive: true, withFileTypes: true });
  return names.map(({ parentPath, name }) => join(parentPath, name).slice(root.length + "/logs/".length)).sort();
}

const before = new Date("2026-11-23T06:00:00Z");

test("a log goes when its run is older, whatever date it was for", async ({ root }) => {
  const old = "20261123T055959Z-7f3a.jsonl";
  const young = "20261123T060000Z-0000.jsonl";
  await write(
    root,
    `2026-11-22/${old}`,
    `2026-11-23/${old}`,
    `2026-11-23/${young}`,
    `2025-01-01/${old}`,
    `2025-01-01/${young}`,
    `9999-12-31/${old}`,
  );
  await removeOldLogs(root, before);
  expect(await left(root)).toEqual(["2025-01-01", `2025-01-01/${young}`, "2026-11-23", `2026-11-23/${young}`]);
});

test("east of Greenwich a date begins on UTC's day before", async ({ root }) => {
  await write(root, "2026-11-23/20261122T100000Z-7f3a.jsonl", "2026-11-24/20261123T100000Z-7f3a.jsonl");
  await removeOldLogs(root, new Date("2026-11-23T10:00:01Z"));
  expect(await left(root)).toEqual([]);
});

test("what has no run's name stays, and its folder with it", async ({ root }) => {
  const others = [
    "README",
    "2026-11/20200101T000000Z-7f3a.jsonl",
    "2026-11-22.old/20200101T000000Z-7f3a.jsonl",
    "2026-11-20/notes.txt",
    "2026-11-20/20200101T000000Z-7f3a.jsonl.gz",
    "2026-11-20/20201301T000000Z-7f3a.jsonl",
  ];
  await write(root, ...others, "2026-11-20/20200101T000000Z-7f3a.jsonl");
  await removeOldLogs(root, before);
  expect((await left(root)).filter((name) => name.includes("/") || name === "README")).toEqual(others.sort());
});

test("logs need not be there", async ({ root }) => {
  await removeOldLogs(root, before);
  expect(await readdir(root)).toEqual([]);
});

test("logs that can't be looked at are an error which names the folder", async ({ root }) => {
  await writeFile(join(root, "logs"), "");
  await expect(removeOldLogs(root, before)).rejects.toMatchObject({
    exitCode: 5,
    message: `${join(root, "logs")}: a file stands where a folder belongs`,
  });
});

test("what lies behind a link stays: a date's folder is passed over, a folder of logs elsewhere is refused", async ({
  root,
}) => {
  const old = "20261122T055959Z-7f3a.jsonl";
  await write(join(root, "other"), `2026-11-22/${old}`);
  await mkdir(join(root, "workspace/logs"), { recursive: true });
  await symlink(join(root, "other/logs/2026-11-22"), join(root, "workspace/logs/2026-11-22"));
  await removeOldLogs(join(root, "workspace"), before);
  await rm(join(root, "workspace/logs"), { recursive: true });
  await symlink(join(root, "other/logs"), join(root, "workspace/logs"));
  await expect(removeOldLogs(join(root, "workspace"), before)).rejects.toMatchObject({ exitCode: 5 });
  expect(await left(join(root, "other"))).toEqual(["2026-11-22", `2026-11-22/${old}`]);
});
