import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { acquireLock, withWorkspaceLock } from "../../src/lib/workspace/lock.ts";

const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-lock-"));
    await use(root);
    await rm(root, { recursive: true, force: true });
  },
});

test("one holds the lock; the other is told who, and to try later", async ({ root }) => {
  const lock = await acquireLock(root, "run-all of 2026-11-23");
  await expect(acquireLock(root, "train of 2026-11-23")).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringMatching(/^another run holds the lock on .*: run-all of 2026-11-23, process \d+, since /),
  });
  lock.release();
  expect(await withWorkspaceLock(root, "train", async () => "done")).toBe("done");
  expect(await readdir(join(root, ".churn"))).toEqual(["lock"]);
});

test("the lock is free again when the work throws", async ({ root }) => {
  await expect(withWorkspaceLock(root, "train", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  (await acquireLock(root, "again")).release();
});

test("a child that inherited the descriptor keeps the lock after its parent gave it up, and no longer than it lives", async ({
  root,
}) => {
  const lock = await acquireLock(root, "run-all");
  const child = spawn("sleep", ["30"], { stdio: ["ignore", "ignore", "ignore", lock.fd] });
  await once(child, "spawn");
  lock.release();
  await expect(acquireLock(root, "second")).rejects.toMatchObject({ exitCode: 75 });
  child.kill("SIGKILL");
  await once(child, "exit");
  (await acquireLock(root, "second")).release();
});
