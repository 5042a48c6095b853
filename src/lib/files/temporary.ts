import { accessSync, constants, statSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceError } from "../errors.ts";
import { machineError } from "./machine-error.ts";

/** Where this machine keeps what need not last, if TMPDIR names no place for it. */
const USUAL = ["/tmp", "/var/tmp"];

/** The folder for what need not last: TMPDIR, or a usual one where that isn't there or takes no files; undefined when none does. */
export function temporaryPlace(usual: readonly string[] = USUAL): string | undefined {
  return [tmpdir(), ...usual].find(takesFiles);
}

/**
 * The same, where there has to be one.
 *
 * @throws {ServiceError} when there is no place for it
 */
export function requireTemporaryPlace(usual: readonly string[] = USUAL): string {
  const place = temporaryPlace(usual);
  if (place !== undefined) return place;
  const tried = [...new Set([tmpdir(), ...usual])].join(", ");
  throw new ServiceError(
    `there is no place for temporary files: none of ${tried} is a folder that takes any`,
    "set TMPDIR to one that does",
  );
}

/**
 * Makes a folder for what need not last; whoever makes it removes it.
 *
 * @throws {ServiceError} when there is no place for it
 */
export async function makeTemporaryFolder(prefix: string, usual: readonly string[] = USUAL): Promise<string> {
  const place = requireTemporaryPlace(usual);
  try {
    return await mkdtemp(join(place, prefix));
  } catch (error) {
    throw machineError(error, place);
  }
}

function takesFiles(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}
