import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UsageError } from "../errors.ts";
import { pathFrom } from "./path-from.ts";

/** What an address of a folder has to be, for sentences. */
const FOLDER_ADDRESS = "a folder's path or an absolute file: URI";

const HAS_SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** What is no path either: MLflow's addresses without a colon, what Windows calls a share, a scheme that nobody knows or none. */
const OTHER = /^(?:databricks|databricks-uc|uc)$|^\\|:\/\//;

/**
 * The folder that an address of churn.yaml names: a path, or an absolute file: URI of this machine.
 *
 * @returns  the path, relative where it was written so; undefined for an address of any other kind
 */
export function folderOf(address: string): string | undefined {
  if (!HAS_SCHEME.test(address)) return OTHER.test(address) ? undefined : address;
  // file:mlruns would mean /mlruns; of file:///a#1 only /a would be left.
  if (!/^file:\/[^?#]*$/i.test(address)) return undefined;
  try {
    const path = fileURLToPath(address);
    return path.includes("\0") ? undefined : path; // %00, which no path has
  } catch {
    // It has a host, or an encoded slash.
    return undefined;
  }
}

/**
 * The same where nothing else can be used. An address of another kind may hold a password: it isn't shown.
 *
 * @param key   of churn.yaml, for the message
 * @param root  the workspace's folder
 * @returns     the folder's path, absolute; it need not be there
 * @throws {UsageError} for an address of any other kind, and where a file stands in the folder's place
 */
export function requireFolder(address: string, key: string, root: string): string {
  const folder = folderOf(address);
  if (folder === undefined) {
    throw new UsageError(
      `${key} must be ${FOLDER_ADDRESS}`,
      `${key} in churn.yaml: a plain path starts at the workspace`,
    );
  }
  const path = pathFrom(root, folder);
  if (isFile(path)) {
    throw new UsageError(
      `${key} is ${path}, which is a file and no folder`,
      `name another folder for ${key}, or move the file away`,
    );
  }
  return path;
}

/** What can't be looked at is for those to say who work with it. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
