import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { ChurnError, TryLaterError } from "../errors.ts";
import { makeFolder } from "../files/folders.ts";
import { machineError } from "../files/machine-error.ts";
import { tryFlock } from "./native.ts";

/** The workspace's lock, held as long as this descriptor or a child's copy of it is open. */
export interface Lock {
  readonly fd: number;
  release(): void;
}

/**
 * Takes the kernel's lock on the workspace. The file `.churn/lock` is never removed: its text names the holder for the
 * message only, the kernel alone says who holds it.
 *
 * @param purpose  what the holder does, for those who are turned away: "run-all of 2026-11-23"
 * @throws {TryLaterError} when another process holds it
 */
export async function acquireLock(root: string, purpose: string): Promise<Lock> {
  const fd = await openLockFile(root);
  if (!(await tryFlock(fd))) {
    const holder = readFileSync(lockFile(root), "utf8").trim();
    closeSync(fd);
    throw new TryLaterError(
      `another run holds the lock on ${root}${holder === "" ? "" : `: ${holder}`}`,
      "run it again when that one has ended",
    );
  }
  try {
    ftruncateSync(fd);
    writeSync(fd, `${purpose}, process ${process.pid}, since ${new Date().toISOString()}\n`, 0);
  } catch (error) {
    closeSync(fd);
    throw machineError(error, lockFile(root));
  }
  return { fd, release: () => closeSync(fd) };
}

/** Whether somebody holds the lock right now. */
export async function isLocked(root: string): Promise<boolean> {
  const fd = await openLockFile(root);
  try {
    return !(await tryFlock(fd));
  } finally {
    closeSync(fd);
  }
}

/** Does the work while holding the workspace's lock. @throws {TryLaterError} when another process holds it */
export async function withWorkspaceLock<T>(root: string, purpose: string, work: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(root, purpose);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function openLockFile(root: string): Promise<number> {
  try {
    makeFolder(join(root, ".churn"));
    return openSync(lockFile(root), "a+");
  } catch (error) {
    if (error instanceof ChurnError) throw error;
    throw machineError(error, `${lockFile(root)} can't be opened`);
  }
}

function lockFile(root: string): string {
  return join(root, ".churn", "lock");
}
