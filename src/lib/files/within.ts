import { closeSync, constants, fstatSync, openSync, readSync, realpathSync, type Stats } from "node:fs";
import { dirname, sep } from "node:path";
import { ServiceError } from "../errors.ts";
import { errorCode } from "./machine-error.ts";
import { SIZE_LIMITS, type SizedKind } from "./size-limits.ts";

/**
 * Files that others may have put there. Whoever may write into a shared folder may put a pipe, a device, a link or gigabytes
 * in the place of a file: this is the one way to open any of it. It never waits, takes regular files alone, and follows
 * links only to places inside the folder.
 */

export interface OpenedFile {
  readonly fd: number;
  readonly size: number;
  /** the time of its last change */
  readonly modified: Date;
}

/**
 * Opens a file for reading; the caller closes it.
 *
 * @param root  the folder that links must not leave; itself it may be a link. `path` is below it, both are absolute
 * @throws {ServiceError} when it is no regular file, or a link leads out of the folder
 * @throws the system's error: ENOENT, EISDIR for a folder, EACCES, …
 */
export function openWithin(root: string, path: string): OpenedFile {
  const real = requireWithin(root, path);
  return opened(path, () => openSync(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW));
}

/**
 * A file's bytes.
 *
 * @throws {ServiceError} when it is larger than one of its kind is; else as `openWithin`
 */
export function readWithin(root: string, path: string, kind: SizedKind): Buffer {
  const { fd, size } = openWithin(root, path);
  try {
    const limit = SIZE_LIMITS[kind];
    if (size > limit) {
      throw new ServiceError(
        `${path} has ${size} bytes, at most ${limit} are read of such a file`,
        "restore this file from a backup",
      );
    }
    return readSize(fd, size);
  } finally {
    closeSync(fd);
  }
}

/**
 * Where a path leads once its links are followed.
 *
 * @throws {ServiceError} when that is not inside the folder
 * @throws the system's error, ENOENT where nothing is
 */
export function requireWithin(root: string, path: string): string {
  const real = realpathSync.native(path);
  // Without a link in it a path says itself where it leads.
  if (real === path || contains(realpathSync.native(root), real)) return real;
  throw new ServiceError(
    `${path} is a link, or lies behind one, to ${real}, outside of ${root}`,
    "put the file itself, or the folder, in the link's place",
  );
}

/**
 * Refuses to make anything behind a link that leads out of the folder: looks at the nearest folder that is there.
 *
 * @throws {ServiceError} when that folder is outside
 */
export function requireFolderWithin(root: string, folder: string): void {
  for (let path = folder; path.length > root.length; path = dirname(path)) {
    try {
      requireWithin(root, path);
      return;
    } catch (error) {
      if (errorCode(error) !== "ENOENT" && errorCode(error) !== "ENOTDIR") throw error;
    }
  }
}

/**
 * Opens a file that churn writes to in place, a lock or a log, and makes it where it is missing. No link is followed.
 *
 * @param flags  of open(2), besides those that keep it from waiting and from following a link
 * @throws {ServiceError} when a link or no regular file stands in its place
 * @throws the system's error: ENOENT where its folder isn't there, …
 */
export function openInPlace(path: string, flags: number): number {
  const { O_CREAT, O_NONBLOCK, O_NOFOLLOW } = constants;
  try {
    return opened(path, () => openSync(path, flags | O_CREAT | O_NONBLOCK | O_NOFOLLOW)).fd;
  } catch (error) {
    if (errorCode(error) !== "ELOOP") throw error;
    throw new ServiceError(`${path} is a link, and churn writes to no file behind one`, "remove the link", {
      cause: error,
    });
  }
}

/** The first bytes of an open file, from its start. */
export function readSize(fd: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  while (filled < size) {
    const read = readSync(fd, bytes, filled, size - filled, filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

function opened(path: string, open: () => number): OpenedFile {
  let fd: number;
  try {
    fd = open();
  } catch (error) {
    // what the system says of a socket, of a device without a driver, and of a pipe that nobody reads
    if (["ENXIO", "ENODEV", "EOPNOTSUPP"].includes(errorCode(error) ?? "")) throw noFile(path, "no file", error);
    throw error;
  }
  try {
    const stats = fstatSync(fd);
    if (stats.isFile()) return { fd, size: stats.size, modified: stats.mtime };
    const kind = unusualKind(stats);
    if (kind !== undefined) throw noFile(path, `${kind} and no file`);
    throw Object.assign(new Error(`EISDIR: ${path} is a folder`), { code: "EISDIR", path, syscall: "open" });
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** What is neither a file nor a folder, in words; undefined for those. */
function unusualKind(stats: Stats): string | undefined {
  if (stats.isFile() || stats.isDirectory()) return undefined;
  if (stats.isFIFO()) return "a named pipe";
  return stats.isSocket() ? "a socket" : "a device";
}

function noFile(path: string, what: string, cause?: unknown): ServiceError {
  return new ServiceError(`${path} is ${what}`, "remove it; a file belongs there, from a backup if it was one", {
    cause,
  });
}

/** Whether a path is the folder's own or one below it, by their names alone. */
export function contains(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}
