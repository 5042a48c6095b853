import { randomUUID } from "node:crypto";
import { mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../errors.ts";
import { errorCode, machineError } from "./machine-error.ts";

const HINT = "set TMPDIR to a folder that you may write into";

/**
 * A path in the machine's temporary folder, where nothing is yet: for what may never need a place. A temporary folder that
 * isn't there is no mistake until something is put into it.
 *
 * @throws {UsageError} when TMPDIR is a file
 */
export function temporaryPath(prefix: string): string {
  const folder = tmpdir();
  if (isFile(folder)) throw new UsageError(`the temporary folder ${folder} is a file`, HINT);
  return join(folder, `${prefix}-${randomUUID()}`);
}

/**
 * A new folder in the machine's temporary one, for its maker alone and to be removed by it.
 *
 * @throws {UsageError} when there is no temporary folder
 * @throws {ServiceError} when the file system refuses
 */
export function makeTemporaryFolder(prefix: string): string {
  const path = temporaryPath(prefix);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw machineError(error, path);
    throw new UsageError(`the temporary folder ${tmpdir()} is not there`, HINT, { cause: error });
  }
  return path;
}

/** What can't be looked at is found out when something is put there. */
function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false;
  }
}
