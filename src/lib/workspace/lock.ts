import { closeSync, constants, ftruncateSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { HeldError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { makeFolder } from "../files/folders.ts";
import { isMachineError, machineError } from "../files/machine-error.ts";
import { isRunning } from "../files/running.ts";
import { SIZE_LIMITS } from "../files/size-limits.ts";
import { openInPlace, openWithin, readSize, requireFolderWithin } from "../files/within.ts";
import { tryFlock } from "./native.ts";

/** A lock, held as long as this descriptor or a child's copy of it is open. */
export interface Lock {
  readonly fd: number;
  /** whether its last holder died or failed: what that one left unfinished lies about still */
  readonly wasLeft: boolean;
  /** Says anew what the holder does, for those who are turned away from now on. A disk that refuses it leaves what stood there. */
  note(purpose: string): void;
  /** @param inOrder  false where the work failed: the next holder is to know */
  release(inOrder?: boolean): void;
}

/** A holder that was killed leaves processes that need a moment to end: a start waits so long for them, and looks so often. */
const PATIENCE_MS = 2_000;
const LOOK_MS = 20;

/**
 * Takes the kernel's lock on a file. The file is made where it is missing and never removed. Its text names the holder, for
 * the message and to see whether the holder lives, until the holder gives the lock up in order; the kernel alone says whether
 * the lock is held.
 *
 * @param file     the lock file's path
 * @param what     what is locked, for those who are turned away: the workspace's folder
 * @param purpose  what the holder does, likewise: "run-all of 2026-11-23"
 * @throws {HeldError} when a process that lives holds it; when the holder is dead, but not all of its processes within 2 s
 */
export async function acquireLock(file: string, what: string, purpose: string): Promise<Lock> {
  const fd = openLockFile(file);
  const since = new Date().toISOString();
  let wasLeft: boolean;
  let longest = 0;
  const write = (what: string) => {
    // Never shorter than what stands there, and in one call: whoever reads it meanwhile sees the one or the other.
    const text = `${what}, process ${process.pid}, since ${since}`.padEnd(longest);
    longest = text.length;
    writeSync(fd, `${text}\n`, 0);
  };
  try {
    const until = performance.now() + PATIENCE_MS;
    while (!(await tryFlock(fd, file))) {
      const holder = readSize(fd, SIZE_LIMITS.lock).toString("utf8").trim();
      if (isAlive(holder) || performance.now() > until) {
        throw new HeldError(
          `another run holds the lock on ${what}${holder === "" ? "" : `: ${holder}`}`,
          "run it again when that one has ended",
        );
      }
      await sleep(LOOK_MS);
    }
    wasLeft = readSize(fd, 1).length > 0;
    ftruncateSync(fd);
    write(purpose);
  } catch (error) {
    closeSync(fd);
    throw machineError(error, file);
  }
  return {
    fd,
    wasLeft,
    note: (what) => {
      try {
        write(what);
      } catch (error) {
        if (!isMachineError(error)) throw error;
      }
    },
    release: (inOrder = true) => {
      try {
        if (inOrder) ftruncateSync(fd);
      } finally {
        closeSync(fd);
      }
    },
  };
}

/** Whether somebody holds the lock, for who only looks. Nobody waits for the moment in which it is tried. */
export async function isLocked(file: string): Promise<boolean> {
  const folder = dirname(file);
  const opened = await orUndefined(() => openWithin(dirname(folder), file));
  if (opened === undefined) return false;
  try {
    return !(await tryFlock(opened.fd, file));
  } finally {
    closeSync(opened.fd);
  }
}

/** Whether the process that a lock file names lives. A file that names none has a holder who is about to write. */
function isAlive(holder: string): boolean {
  const pid = /, process (\d+), since /.exec(holder)?.[1];
  return pid !== undefined && isRunning(Number(pid));
}

function openLockFile(file: string): number {
  try {
    const folder = dirname(file);
    requireFolderWithin(dirname(folder), folder);
    makeFolder(folder);
    return openInPlace(file, constants.O_RDWR);
  } catch (error) {
    throw machineError(error, `${file} can't be opened`);
  }
}
