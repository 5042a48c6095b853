import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { acquireLock } from "../../src/lib/workspace/lock.ts";
import { lockHolder } from "../../src/lib/workspace/lock-holder.ts";
import { test } from "../support/folder.ts";

const fileIn = (folder: string) => join(folder, ".churn", "lock");

async function left(folder: string, text: string) {
  await mkdir(join(folder, ".churn"), { recursive: true });
  await writeFile(fileIn(folder), text);
  return await lockHolder(fileIn(folder));
}

test("a lock that is held names its holder; given up in order it names nobody, and left it names who failed", async ({
  folder,
}) => {
  expect(await lockHolder(fileIn(folder))).toBeUndefined();
  const lock = await acquireLock(fileIn(folder), folder, "run-all of 2026-11-23");
  const text = expect.stringMatching(new RegExp(`^run-all of 2026-11-23, process ${process.pid}, since \\S+Z$`));
  expect(await lockHolder(fileIn(folder))).toEqual({ text, lives: true, since: expect.stringMatching(/^\d{4}-\S+Z$/) });
  lock.release(false);
  // This process lives, and whether the kernel's lock is its own it alone knows.
  expect(await lockHolder(fileIn(folder))).toMatchObject({ text });
  const next = await acquireLock(fileIn(folder), folder, "the next one");
  next.release();
  expect(await lockHolder(fileIn(folder))).toBeUndefined();
});

test("who looks leaves the lock to whoever takes it meanwhile", async ({ folder }) => {
  await left(folder, "a run, process 1, since 2026-11-23T05:00:00.000Z\n");
  const looks = Array.from({ length: 50 }, () => lockHolder(fileIn(folder)));
  const lock = await acquireLock(fileIn(folder), folder, "run-all");
  expect(lock.wasLeft).toBe(true);
  await Promise.all(looks);
  lock.release();
});

test("a dead holder left it, and so did one whose number another process has got since", async ({ folder }) => {
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const now = new Date().toISOString();
  expect(await left(folder, `train, process ${child.pid}, since ${now}\n`)).toMatchObject({ lives: true });
  // It was started after that: the machine's numbers begin anew with each start.
  const before = "2026-01-01T05:00:00.000Z";
  expect(await left(folder, `train, process ${child.pid}, since ${before}\n`)).toMatchObject({ lives: false });
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await left(folder, `train, process ${child.pid}, since ${now}\n`)).toMatchObject({ lives: false });
});

test("what no run wrote lives nowhere, and what is no file is refused without waiting", async ({ folder }) => {
  expect(await left(folder, "somebody's words\n")).toEqual({ text: "somebody's words", lives: false });
  await symlink("/dev/zero", join(folder, ".churn", "other"));
  await expect(lockHolder(join(folder, ".churn", "other"))).rejects.toMatchObject({ exitCode: 5 });
});
