import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { orUndefined } from "../files/absent.ts";
import { machineError } from "../files/machine-error.ts";
import { isRunning } from "../files/running.ts";
import { readWithin } from "../files/within.ts";

/** Who holds a lock, or left it without giving it up in order. */
export interface LockHolder {
  /** "run-all of 2026-11-23, process 123, since 2026-11-23T05:00:00.000Z" */
  readonly text: string;
  /** whether that process lives, as far as can be told */
  readonly lives: boolean;
  /** ISO 8601, by its own clock: when it took the lock; undefined where its words don't say it */
  readonly since: string | undefined;
}

/**
 * Who a lock's file says holds it. The lock is not touched: who asks stands in nobody's way, and needs no right to write.
 *
 * @param file  the lock file's path
 * @returns undefined where nobody holds it and nobody left it
 * @throws {ServiceError} when the file can't be read, or is none
 */
export async function lockHolder(file: string): Promise<LockHolder | undefined> {
  try {
    const text = (await orUndefined(() => readWithin(dirname(dirname(file)), file, "lock").toString("utf8")))?.trim();
    if (text === undefined || text === "") return undefined;
    return { text, lives: isHolder(text), since: PROCESS.exec(text)?.[2] };
  } catch (error) {
    throw machineError(error, file);
  }
}

/** A holder's words end so: see `acquireLock`. */
const PROCESS = /, process (\d+), since (\S+)$/;

/** Numbers of processes begin anew with the machine: one that began after the lock was taken is another one. */
function isHolder(text: string): boolean {
  const [, pid, since = ""] = PROCESS.exec(text) ?? [];
  if (pid === undefined || !isRunning(Number(pid))) return false;
  const began = startOf(Number(pid));
  return began === undefined || Number.isNaN(Date.parse(since)) || began <= Date.parse(since) + SLACK_MS;
}

/** The kernel says the machine's start in whole seconds, and a clock may have been set since by a little. */
const SLACK_MS = 60_000;
/** Of a process's start as the kernel says it: USER_HZ, the same on every Linux that Node runs on. @see proc(5) */
const TICKS_PER_SECOND = 100;

/** When a process began, in milliseconds since 1970; undefined where the system doesn't say. */
function startOf(pid: number): number | undefined {
  try {
    // Behind the program's name, which may have any letters: fields 3 and on.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    const machine = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1];
    const began = (Number(machine) + Number(fields[19]) / TICKS_PER_SECOND) * 1000;
    return Number.isNaN(began) ? undefined : began;
  } catch {
    return undefined;
  }
}
