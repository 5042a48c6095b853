import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "vitest";
import { acquireLock } from "../../src/lib/workspace/lock.ts";

const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-lock-"));
    await use(root);
    await rm(root, { recursive: true, force: true });
  },
});

test("one holds the lock; the other is told who, and to try later", async ({ root }) => {
  const lock = await lockIn(root, "run-all of 2026-11-23");
  await expect(lockIn(root, "train of 2026-11-23")).rejects.toMatchObject({
    exitCode: 75,
    message: expect.stringMatching(/^another run holds the lock on .*: run-all of 2026-11-23, process \d+, since /),
  });
  lock.release();
  (await lockIn(root, "train")).release();
  expect(await readdir(join(root, ".churn"))).toEqual(["lock"]);
});

test("a link in the lock's place, or its folder's, costs no file of the user's its content", async ({ root }) => {
  await writeFile(join(root, "mine"), "mine");
  await mkdir(join(root, "one/.churn"), { recursive: true });
  await mkdir(join(root, "two"));
  await mkdir(join(root, "other"));
  await writeFile(join(root, "other/lock"), "mine");
  await symlink(join(root, "mine"), join(root, "one/.churn/lock"));
  await symlink(join(root, "other"), join(root, "two/.churn"));
  await expect(lockIn(join(root, "one"), "train")).rejects.toMatchObject({ exitCode: 5, hint: "remove the link" });
  await expect(lockIn(join(root, "two"), "train")).rejects.toThrow("outside of");
  expect(await readFile(join(root, "mine"), "utf8")).toBe("mine");
  expect(await readFile(join(root, "other/lock"), "utf8")).toBe("mine");
});

test("a lock that was given up in order has no name in it; one that a holder left has, and the next one is told", async ({
  root,
}) => {
  const text = () => readFile(join(root, ".churn", "lock"), "utf8");
  const first = await lockIn(root, "first");
  expect(first.wasLeft).toBe(false);
  first.release();
  expect(await text()).toBe("");

  const failing = await lockIn(root, "failing");
  expect(failing.wasLeft).toBe(false);
  failing.release(false);
  expect(await text()).toMatch(/^failing, process /);

  const next = await lockIn(root, "next");
  expect(next.wasLeft).toBe(true);
  next.release();
  const last = await lockIn(root, "last");
  expect(last.wasLeft).toBe(false);
  last.release();
});

test("a child that inherited the descriptor keeps the lock after its parent gave it up, and no longer than it lives", async ({
  root,
}) => {
  await using left = await childWithLock(root);
  await expect(lockIn(root, "second")).rejects.toMatchObject({ exitCode: 75 });
  await left.kill();
  (await lockIn(root, "second")).release();
});

test("what a dead holder left behind is waited for, until it has gone", async ({ root }) => {
  await using left = await childWithLock(root);
  await writeFile(left.file, `run-all of 2026-11-23, process ${await deadProcess()}, since then\n`);
  const waiting = acquireLock(left.file, "the store", "second");
  await left.kill();
  const lock = await waiting;
  expect(await readFile(left.file, "utf8")).toMatch(RegExp(`^second, process ${process.pid}, since .*Z\n$`));
  lock.release();
});

test("what a dead holder left behind is not waited for without end", async ({ root }) => {
  await using left = await childWithLock(root);
  const holder = `run-all of 2026-11-23, process ${await deadProcess()}, since then`;
  await writeFile(left.file, `${holder}\n`);
  await expect(acquireLock(left.file, "the store", "second")).rejects.toMatchObject({
    exitCode: 75,
    message: `another run holds the lock on the store: ${holder}`,
    hint: "run it again when that one has ended",
  });
});

test("its text says at which stage the holder is, in a form that every churn since 1.0 reads", async ({ root }) => {
  const lock = await lockIn(root, "run-all of 2026-11-23");
  const text = () => readFile(join(root, ".churn", "lock"), "utf8");
  const since = /since (.*Z)\n$/.exec(await text())?.[1];
  // By the number alone an earlier churn sees whether the holder lives.
  const byEarlier = / process (\d+), since /;
  const stages = ["transform", "features", "train"];
  for (const stage of stages) {
    lock.note(`run-all of 2026-11-23, at ${stage}`);
    expect((await text()).trim()).toBe(`run-all of 2026-11-23, at ${stage}, process ${process.pid}, since ${since}`);
    expect(byEarlier.exec(await text())?.[1]).toBe(String(process.pid));
  }
  await expect(lockIn(root, "train")).rejects.toMatchObject({
    message: `another run holds the lock on ${root}: run-all of 2026-11-23, at train, process ${process.pid}, since ${since}`,
  });
  lock.release();
  expect(await text()).toBe("");
});

test("a text of an earlier churn names its holder as ever", async ({ root }) => {
  await using left = await childWithLock(root);
  const holder = `run-all of 2026-11-23, process ${process.pid}, since 2026-11-23T05:00:00.000Z`;
  await writeFile(left.file, `${holder}\n`);
  await expect(lockIn(root, "second")).rejects.toMatchObject({
    exitCode: 75,
    message: `another run holds the lock on ${root}: ${holder}`,
  });
});

const lockIn = (root: string, purpose: string) => acquireLock(join(root, ".churn", "lock"), root, purpose);

/** A child alone holds the workspace's lock, which it inherited. */
async function childWithLock(root: string) {
  const lock = await lockIn(root, "run-all");
  const child = spawn("sleep", ["30"], { stdio: ["ignore", "ignore", "ignore", lock.fd] });
  const ended = once(child, "exit");
  await once(child, "spawn");
  lock.release();
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return { file: join(root, ".churn", "lock"), kill, [Symbol.asyncDispose]: kill };
}

/** The id of a process that is no more. */
async function deadProcess(): Promise<number | undefined> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid;
}
