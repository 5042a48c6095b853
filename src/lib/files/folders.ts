import { existsSync, lstatSync, mkdirSync, statSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { ServiceError } from "../errors.ts";
import { errorCode, machineError } from "./machine-error.ts";

/**
 * Makes a folder and those above it, where they aren't there. Not by mkdir's `recursive`, which says ENOENT where the file
 * system is read-only or full.
 *
 * @throws {ServiceError} when the file system refuses, a file is in the way or a link leads nowhere
 */
export function makeFolder(path: string): void {
  try {
    if (isFolder(path)) return;
    try {
      mkdirSync(path);
    } catch (error) {
      if (errorCode(error) !== "ENOENT" || isFolder(dirname(path))) throw error;
      makeFolder(dirname(path));
      mkdirSync(path);
    }
  } catch (error) {
    // Another process may have been quicker.
    if (errorCode(error) !== "EEXIST" || !isFolder(path)) throw refusal(error, path);
  }
}

/** The path itself, or the nearest folder above it that is there, in which it will be made. */
export function nearestFolder(path: string): string {
  return existsSync(path) || !isAbsolute(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function refusal(cause: unknown, path: string): unknown {
  if (cause instanceof ServiceError) return cause;
  if (errorCode(cause) === "EEXIST" && lstatSync(path).isSymbolicLink()) {
    return new ServiceError(`${path} is a link that leads nowhere`, "is the disk that it stands for mounted?", {
      cause,
    });
  }
  if (errorCode(cause) === "ENOENT") {
    return new ServiceError(`${path} can't be made`, "is that a place for files?", { cause });
  }
  return machineError(cause, path);
}
