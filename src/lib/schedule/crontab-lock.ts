import { closeSync, constants, openSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { HeldError, ServiceError } from "../errors.ts";
import { errorCode, isMachineError } from "../files/machine-error.ts";
import { tryFlock } from "../workspace/native.ts";
import { userHome, userName } from "../workspace/user.ts";

/** Who changes a crontab reads it, writes it and looks at it again: some hundredths of a second. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 10;

/**
 * Does work while no other churn of this user changes the crontab: the tables of all workspaces lie in one, and whoever wrote what
 * another had read before would undo its change. What is locked is the user's home folder itself, which is the same for all of them
 * and needs no file of churn's; for a user without one the root folder is.
 *
 * @param options.folder  what is locked
 * @throws {HeldError} when another process has it for all of the patience
 */
export async function withCrontabLock<T>(
  work: () => Promise<T>,
  { folder, patienceMs = PATIENCE_MS }: { readonly folder?: string; readonly patienceMs?: number } = {},
): Promise<T> {
  const fd = openToLock(folder ?? userHome() ?? "/") ?? openToLock("/");
  if (fd === undefined) return await work();
  try {
    await waitFor(fd, patienceMs);
    return await work();
  } finally {
    closeSync(fd);
  }
}

function openToLock(folder: string): number | undefined {
  try {
    return openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (!isMachineError(error) && errorCode(error) !== "ENOENT") throw error;
    return undefined;
  }
}

async function waitFor(fd: number, patienceMs: number): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await isTaken(fd))) {
    if (performance.now() > until)
      throw new HeldError(
        `another churn has been changing the crontab of ${userName()} for ${patienceMs / 1000} s`,
        "run it again when that one has ended",
      );
    await setTimeout(LOOK_MS);
  }
}

/** A home folder on a network's file system may know no locks: the table is looked at once more behind each change anyway. */
async function isTaken(fd: number): Promise<boolean> {
  try {
    return await tryFlock(fd, "the home folder");
  } catch (error) {
    if (error instanceof ServiceError) return true;
    throw error;
  }
}
