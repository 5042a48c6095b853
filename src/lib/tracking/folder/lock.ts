import { closeSync, constants, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ServiceError } from "../../errors.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";
import { SIZE_LIMITS } from "../../files/size-limits.ts";
import { openInPlace, readSize } from "../../files/within.ts";
import { tryFlock } from "../../workspace/native.ts";
import { clearLeftoversBelow } from "./leftovers.ts";

/** A call that writes holds the lock for some milliseconds. */
const PATIENCE_MS = 10_000;
const POLL_MS = 2;

/** The lock file's text after a writer that ended in order. */
const NOBODY = "nobody";
/** Every text fills so many bytes: the file never changes its size, which costs more than all the rest. */
const TEXT_BYTES = 64;

/**
 * Does work while nobody else writes into a tracking folder: waits for the kernel's lock on its file `.churn.lock`, which
 * MLflow passes over. The kernel alone says who holds it; the file's text names the holder for the message. It still does
 * when a killed writer's lock is taken, and what that one left unfinished is cleared then. Where there is no folder there is
 * nothing to lock, and nothing that the work could change.
 *
 * @param root  absolute path of the folder
 * @throws {ServiceError} when another process holds the lock for all of the patience, or the file system refuses
 */
export async function withFolderLock<T>(
  root: string,
  work: () => Promise<T>,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const file = join(root, ".churn.lock");
  const fd = openLockFile(file);
  if (fd === undefined) return await work();
  try {
    await waitForLock(fd, file, patienceMs);
    const former = holderOf(fd);
    note(fd, file, `process ${process.pid}, since ${new Date().toISOString()}`);
    if (former !== NOBODY) clearLeftoversBelow(root);
    try {
      return await work();
    } finally {
      note(fd, file, NOBODY);
    }
  } finally {
    closeSync(fd);
  }
}

function openLockFile(file: string): number | undefined {
  try {
    return openInPlace(file, constants.O_RDWR);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw machineError(error, file);
  }
}

async function waitForLock(fd: number, file: string, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await tryFlock(fd, file))) {
    if (performance.now() > until) {
      throw new ServiceError(
        `${file} has been locked for ${patienceMs / 1000} s, by ${holderOf(fd)}`,
        "run it again when that process has ended",
      );
    }
    await setTimeout(POLL_MS);
  }
}

function holderOf(fd: number): string {
  return readSize(fd, SIZE_LIMITS.lock).toString("utf8").trim();
}

function note(fd: number, file: string, text: string): void {
  try {
    writeSync(fd, `${text.padEnd(TEXT_BYTES - 1)}\n`, 0);
  } catch (error) {
    throw machineError(error, file);
  }
}
