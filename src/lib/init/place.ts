import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { ServiceError, UsageError } from "../errors.ts";
import { makeFolder } from "../files/folders.ts";
import { errorCode, machineError } from "../files/machine-error.ts";

/** A file of a new workspace and what became of it. */
export interface Placed {
  readonly file: string;
  readonly outcome: "written" | "kept";
}

/**
 * Writes a file unless anything of that name is there: what a person has is never overwritten.
 *
 * @throws {ServiceError} when the folder can't be read or written
 */
export async function place(folder: string, file: string, write: () => Promise<unknown>): Promise<Placed> {
  if (await exists(join(folder, file))) return { file, outcome: "kept" };
  await write();
  return { file, outcome: "written" };
}

/**
 * Makes the workspace's folder where it is missing.
 *
 * @throws {UsageError} when a file is in the way
 */
export function makeWorkspaceFolder(folder: string): void {
  try {
    makeFolder(folder);
  } catch (error) {
    const code = error instanceof ServiceError ? errorCode(error.cause) : undefined;
    if (code !== "EEXIST" && code !== "ENOTDIR") throw error;
    throw new UsageError(`${folder} can't be a workspace: a file is in the way`, "churn -C ANOTHER_FOLDER init", {
      cause: error,
    });
  }
}

/** Whether anything has that name, a link to nowhere included. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw machineError(error, path);
  }
}
