import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { errorCode } from "./machine-error.ts";

/**
 * Where a path leads once its links are followed; of what isn't there yet, as far as it is. What can't be followed, a link in a
 * circle, say, comes back as it is: whoever opens it says why.
 *
 * @param path  absolute
 */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const above = dirname(path);
    return errorCode(error) === "ENOENT" && above !== path ? join(realPath(above), basename(path)) : path;
  }
}
