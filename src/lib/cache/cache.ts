import { lstatSync, readdirSync, renameSync, rmSync, utimesSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { ServiceError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { fingerprintOf } from "../files/fingerprint.ts";
import { makeFolder } from "../files/folders.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { clearLeftovers, holdUnfinished, type Unfinished } from "../files/unfinished.ts";

/** What a copy in the making is called. */
const STEM = "object";

/** Where it lies in a workspace. Whoever deletes it loses time and nothing else. */
export const CACHE_FOLDER = join(".churn", "cache");

/** Below it, a folder for each bucket that is a store: what runs knew of it. What is missing there is asked for again. */
export const KNOWN_FOLDER = "known";

/**
 * Copies on this machine of files that lie elsewhere, by their content: a copy is never out of date, several nights share one, and
 * its name is safe whatever the file is called there.
 */
export interface Cache {
  /** absolute; below it DuckDB may read */
  readonly folder: string;
  /**
   * The path of a copy; undefined where there is none, or a damaged one, which is removed, as is a link or a folder in its place.
   *
   * @param file  its digest, and any name, whose extension the copy has
   */
  find(file: { readonly sha256: string; readonly name: string }): Promise<string | undefined>;
  /** A place where a copy is made until it is whole. It is cleared when it is disposed of. */
  begin(): Unfinished;
  /**
   * Takes a whole and synced file in.
   *
   * @param path  where it was made, on the same file system
   * @returns     where it lies from now on
   */
  keep(path: string, file: { readonly sha256: string; readonly name: string }): string;
  /**
   * Removes copies that nobody has read for a while, then the longest unread ones until the rest is small enough, and what was known of
   * buckets and not written for that while.
   *
   * @returns how many bytes of copies were removed
   */
  prune(limits: { readonly keepSeconds: number; readonly bytes: number }): number;
}

/** @param root  the workspace's folder */
export function openCache(root: string): Cache {
  const folder = join(root, CACHE_FOLDER);
  const objects = join(folder, "objects");
  const place = ({ sha256, name }: { readonly sha256: string; readonly name: string }) =>
    join(objects, sha256.slice(0, 2), `${sha256}${extensionOf(name)}`);

  return {
    folder,
    find: async (file) => {
      const path = place(file);
      const found = await orUndefined(() => {
        clearWay(path);
        return fingerprintOf(path, folder);
      });
      if (found === undefined) return undefined;
      if (found.sha256 !== file.sha256) {
        rmSync(path, { force: true });
        return undefined;
      }
      touch(path);
      return path;
    },
    begin: () => {
      clearForFolder(objects);
      makeFolder(objects);
      return holdUnfinished({ folder: objects, stem: STEM });
    },
    keep: (path, file) => {
      const kept = place(file);
      try {
        clearWay(kept);
        makeFolder(dirname(kept));
        renameSync(path, kept);
      } catch (error) {
        throw cacheError(error, kept);
      }
      return kept;
    },
    prune: ({ keepSeconds, bytes }) => {
      const before = Date.now() - keepSeconds * 1000;
      // Of processes that were killed while they made one.
      if (isFolder(objects)) clearLeftovers({ folder: objects, stem: STEM });
      const copies = filesIn(objects).sort((one, other) => other.read - one.read);
      let left = 0;
      let removed = 0;
      for (const { path, size, read } of copies) {
        left += size;
        if (read >= before && left <= bytes) continue;
        rmSync(path, { force: true });
        left -= size;
        removed += size;
      }
      for (const { path, read } of filesIn(join(folder, KNOWN_FOLDER)))
        if (read < before) rmSync(path, { force: true });
      return removed;
    },
  };

  /** Removes what stands in a copy's way. */
  function clearWay(path: string): void {
    clearForFolder(objects);
    clearForFolder(dirname(path));
    clearForFile(path);
  }
}

/** What went wrong with a file of the cache, as a sentence: what is at work there is in use, and goes with it when somebody deletes it. */
export function cacheError(error: unknown, path: string): unknown {
  if (errorCode(error) !== "ENOENT") return machineError(error, path);
  return new ServiceError(`${path} was deleted while it was in use`, "run it again", { cause: error });
}

/** Of what it is named by; DuckDB and people know by it what they have. */
function extensionOf(name: string): string {
  const base = basename(name);
  const last = extname(base);
  const both = /^\.(?:gz|zst)$/.test(last) ? `${extname(base.slice(0, -last.length))}${last}` : last;
  return /^[.\w]{0,20}$/.test(both) ? both : "";
}

/** The time of a copy's last use is its file's: the file system's own may not be kept (noatime). */
function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // It is read all the same.
  }
}

/** The files in a folder's folders. No link is followed. */
function filesIn(folder: string): { path: string; size: number; read: number }[] {
  return namesIn(folder).flatMap((group) =>
    namesIn(join(folder, group)).flatMap((name) => {
      const path = join(folder, group, name);
      const found = lstatSync(path, { throwIfNoEntry: false });
      return found?.isFile() ? [{ path, size: found.size, read: found.mtimeMs }] : [];
    }),
  );
}

function namesIn(folder: string): string[] {
  try {
    return isFolder(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
  } catch {
    return [];
  }
}

/** Whether a folder itself is there, and not a link to one. */
function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Removes what stands in a folder's place and is none: a link itself, never what it leads to. */
function clearForFolder(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isDirectory()) rmSync(path, { force: true });
}

/** The same in a file's place: a folder goes with all in it. */
function clearForFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) rmSync(path, { recursive: true, force: true });
}
