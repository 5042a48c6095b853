import { lstatSync } from "node:fs";
import { writeSynced } from "./atomic.ts";
import { makeFolder, nearestFolder } from "./folders.ts";
import { machineError } from "./machine-error.ts";
import { holdUnfinished } from "./unfinished.ts";

/** So much fits into any disk that a night fits into, and is more than an empty file, which fits into a full one. */
const PROBE = "x".repeat(4096);

/**
 * Makes sure that a folder takes files: one is made there, synced and removed. Of a folder that isn't there yet it is asked of the nearest
 * one above it that is, in which it will be made; none is made now.
 *
 * @param folder  absolute
 * @throws {ServiceError} when the file system refuses, a file is in the way or a link leads nowhere
 */
export function probeFolder(folder: string): void {
  const place = nearestFolder(folder);
  using unfinished = holdUnfinished({ folder: place, stem: "probe" });
  try {
    // A link that leads nowhere has to be told, and looks as if nothing were there. Nothing is made where it stands.
    if (place !== folder && lstatSync(folder, { throwIfNoEntry: false }) !== undefined) makeFolder(folder);
    writeSynced(unfinished.path, PROBE);
  } catch (error) {
    throw machineError(error, place);
  }
}
