import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect } from "vitest";
import { clearAllLeftovers, clearLeftovers, withUnfinished } from "../../src/lib/files/unfinished.ts";
import { test } from "../support/folder.ts";

test("the name is hidden, and speaks of the process and nobody else", async ({ folder }) => {
  const shelter = { folder, stem: "a.json" };
  const names: string[] = [];
  const note = async (path: string) => void names.push(basename(path));
  for (let time = 0; time < 100; time += 1) await withUnfinished(shelter, note);
  expect(new Set(names).size).toBe(100);
  for (const name of names) expect(name).toMatch(RegExp(`^\\.a\\.json\\.${process.pid}-[0-9a-f]{8}\\.part$`));
});

test("what the work leaves under the name is removed, a folder with all in it, also when it throws", async ({
  folder,
}) => {
  const fill = async (path: string) => {
    await mkdir(join(path, "deeper"), { recursive: true });
    await writeFile(join(path, "deeper/file"), "");
  };
  expect(await withUnfinished({ folder, stem: "a" }, async (path) => fill(path).then(() => "done"))).toBe("done");
  const failing = withUnfinished({ folder, stem: "a" }, async (path) => {
    await fill(path);
    throw new Error("broken");
  });
  await expect(failing).rejects.toThrow("broken");
  expect(await readdir(folder)).toEqual([]);
});

test("what dead processes left of a stem is cleared; what a living one writes and other stems stay", async ({
  folder,
}) => {
  const { pid: dead } = spawnSync("true");
  const shelter = { folder, stem: "a.json" };
  const left = [
    `.a.json.${dead}-0123abcd.part`,
    // of a process that had our number before us
    `.a.json.${process.pid}-0123abcd.part`,
    // churn 1.0
    ".a.json.part",
    ".a.json.part.wal",
  ];
  const kept = [
    "a.json",
    `.a.json.${process.ppid}-0123abcd.part`,
    `.b.json.${dead}-0123abcd.part`,
    `.a.json.${dead}-0123abcd.part.old`,
    ".a.json.partial",
    ".b.json.part",
  ];
  for (const name of kept) await writeFile(join(folder, name), "");
  for (const name of left) await mkdir(join(folder, name, "deeper"), { recursive: true });
  await withUnfinished(shelter, async (path) => {
    await writeFile(path, "");
    clearLeftovers(shelter);
    expect((await readdir(folder)).sort()).toEqual([...kept, basename(path)].sort());
  });
});

test("whoever writes alone clears what others left in a whole tree, whatever lives under their number; its own work stays", async ({
  folder,
}) => {
  const runs = `.train.json.${process.ppid}-0123abcd.part`;
  const left = [runs, ".a.json.part", ".b.parquet.4242-0123abcd.part", ".b.parquet.part.wal"];
  const kept = ["train.json", ".hidden", "a.part", ".x.4242-0123abcd.part.old", ".part"];
  const below = join(folder, "2026-11-23", "attempts", "run");
  await mkdir(below, { recursive: true });
  for (const name of kept) await writeFile(join(below, name), "");
  for (const name of left) await writeFile(join(below, name), "");
  await mkdir(join(folder, "2026-11-23", ".c.parquet.4242-0123abcd.part", "deeper"), { recursive: true });
  await mkdir(join(folder, "elsewhere"));
  await writeFile(join(folder, "elsewhere", ".a.json.part"), "");
  const tree = join(folder, "tree");
  await mkdir(tree);
  await symlink(join(folder, "elsewhere"), join(tree, "link"));
  await rename(join(folder, "2026-11-23"), join(tree, "2026-11-23"));

  await withUnfinished({ folder: tree, stem: "own" }, async (path) => {
    await writeFile(path, "");
    clearAllLeftovers(tree);
    expect((await readdir(tree)).sort()).toEqual([basename(path), "2026-11-23", "link"].sort());
  });
  expect(await readdir(join(tree, "2026-11-23"))).toEqual(["attempts"]);
  expect((await readdir(join(tree, "2026-11-23", "attempts", "run"))).sort()).toEqual(kept.sort());
  expect(await readdir(join(folder, "elsewhere")), "a link is not followed").toEqual([".a.json.part"]);
  expect(() => clearAllLeftovers(join(folder, "nowhere"))).not.toThrow();
});

test.skipIf(!existsSync("/proc/self/stat"))(
  "a process that is dead and keeps its number, since its parent doesn't ask, is no living one",
  async ({ folder }) => {
    const { pid } = spawn("true");
    // As long as nothing is awaited, Node doesn't ask how it ended.
    writeFileSync(join(folder, `.a.${pid}-0123abcd.part`), "");
    while (!readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z "));
    clearLeftovers({ folder, stem: "a" });
    expect(await readdir(folder)).toEqual([]);
  },
);
