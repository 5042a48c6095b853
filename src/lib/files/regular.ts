import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { UsageError } from "../errors.ts";

/**
 * Opens a file of text that a person has put there, behind a link too, to read it; the caller closes it. A pipe of that name would
 * wait for a writer for ever, and a device might have no end.
 *
 * @throws {UsageError} when it is no regular file
 * @throws the system's error: ENOENT, EACCES, …
 */
export function openRegular(path: string): { readonly fd: number; readonly stats: Stats } {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, stats };
  closeSync(fd);
  throw new UsageError(`${path} is not a file`, "move it away: a file of text belongs there");
}
