import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { ChurnError, TryLaterError } from "../errors.ts";
import { makeFolder } from "../files/folders.ts";
import { machineError } from "../files/machine-error.ts";
import { tryFlock } from "./native.ts";

/** A lock, held as long as this descriptor or a child's copy of it is open. */
export interface Lock {
  readonly fd: number;
  release(): void;
}

/**
 * Takes the kernel's lock on a file. It is never removed: its text names the holder for the message only, the kernel alone
 * says who holds it.
 *
 * @param what     what is locked, for those who are turned away
 * @param purpose  what the holder does, likewise: "run-all of 2026-11-23"
 * @throws {TryLaterError} when another process holds it
 */
export async function acquireLock(file: string, what: string, purpose: string): Promise<Lock> {
  const fd = openLockFile(file);
  if (!(await tryFlock(fd))) {
    const holder = readFileSync(file, "utf8").trim();
    closeSync(fd);
    throw new TryLaterError(
      `another run holds the lock on ${what}${holder === "" ? "" : `: ${holder}`}`,
      "run it again when that one has ended",
    );
  }
  try {
    ftruncateSync(fd);
    writeSync(fd, `${purpose}, process ${process.pid}, since ${new Date().toISOString()}\n`, 0);
  } catch (error) {
    closeSync(fd);
    throw machineError(error, file);
  }
  return { fd, release: () => closeSync(fd) };
}

function openLockFile(file: string): number {
  try {
    makeFolder(dirname(file));
    return openSync(file, "a+");
  } catch (error) {
    if (error instanceof ChurnError) throw error;
    throw machineError(error, `${file} can't be opened`);
  }
}
