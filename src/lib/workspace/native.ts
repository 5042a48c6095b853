import { ServiceError } from "../errors.ts";

/** LOCK_EX | LOCK_NB of sys/file.h: exclusive, and no waiting. */
const LOCK_EXCLUSIVE_NONBLOCKING = 2 | 4;

/** Loads koffi, which `tryFlock` will need: for a process that has time to spare. */
export async function flockAhead(): Promise<void> {
  await load();
}

/**
 * Ends this process with an exit code, at once: process.exit would wait for the threads of queries that never end. What must not
 * outlive the process listens for "exit", as it would for a plain end.
 */
export async function endNow(exitCode: number): Promise<void> {
  const koffi = await load();
  process.emit("exit", exitCode);
  koffi.load(null).func("void _exit(int status)")(exitCode);
}

/**
 * Locks an open file for this process and all that inherit the descriptor. This file is the one door to koffi, which calls
 * the C library: Node has no flock of its own.
 *
 * @param fd    descriptor of the file; the kernel frees the lock when its last copy is closed, however its holder died
 * @param file  what the file is called where the lock can't be taken
 * @returns     whether the lock was taken; false when somebody else holds it
 * @throws      {ServiceError} when the file system has no locks
 * @see         flock(2)
 */
export async function tryFlock(fd: number, file: string): Promise<boolean> {
  const koffi = await load();
  const flock = koffi.load(null).func("int flock(int fd, int operation)");
  const result: unknown = flock(fd, LOCK_EXCLUSIVE_NONBLOCKING);
  if (result === 0) return true;
  const errno = koffi.errno();
  if (errno === koffi.os.errno.EWOULDBLOCK || errno === koffi.os.errno.EAGAIN) return false;
  throw new ServiceError(`flock on ${file} failed with errno ${errno}`, "it needs a file system with locks");
}

/**
 * Ends the process, which has nothing left to do, by _exit(2): past what koffi does at the end, which is to sync stdout and
 * stderr. Where the disk behind stderr refuses that, koffi waits for itself for ever. Without koffi in it the process ends as
 * it would have.
 */
export function endPastKoffi(exitCode: number): void {
  loaded?.load(null).func("void _exit(int status)")(exitCode);
}

let loaded: typeof import("koffi") | undefined;

async function load(): Promise<typeof import("koffi")> {
  loaded ??= await import("koffi");
  return loaded;
}
