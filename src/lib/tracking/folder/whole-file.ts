import { readdirSync, renameSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ServiceError } from "../../errors.ts";
import { orUndefined, removeFileSync } from "../../files/absent.ts";
import { writeFileAtomic, writeSynced } from "../../files/atomic.ts";
import { makeFolder } from "../../files/folders.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";
import type { SizedKind } from "../../files/size-limits.ts";
import { withUnfinished } from "../../files/unfinished.ts";
import { readWithin, requireWithin } from "../../files/within.ts";
import { requirePlaceInTree, treeOf } from "./tree.ts";

// The files of MLflow's layout are many and small: calls that block take a fraction of those by way of a thread.

/**
 * Replaces a file, so that a reader sees the old one or the new one and never half of it.
 *
 * @param shelter  a folder where a stray file does no harm: MLflow reads every file in metrics/, params/, tags/ and aliases/
 */
export async function replaceFile(target: string, content: string | Uint8Array, shelter: string): Promise<void> {
  // Many files a run: what a power cut takes of their names is written again by a repetition.
  requirePlaceInTree(target, shelter);
  await explained(target, () => writeFileAtomic(target, content, { shelter: sheltered(shelter), syncFolder: false }));
}

/** Files of a folder: path in it, with / between, and content; written in order. A path that ends with / is an empty folder. */
export type FolderFiles = Iterable<readonly [string, string | Uint8Array]>;

/**
 * Makes a folder with everything in it appear at once.
 *
 * @param shelter  a folder of the same file system where a stray folder without meta.yaml does no harm: an experiment's or a run's
 * @returns        false when there is such a folder already, which then stays as it is
 */
export async function createFolder(target: string, files: FolderFiles, shelter: string): Promise<boolean> {
  requirePlaceInTree(target, shelter);
  return await explained(target, () =>
    withUnfinished(sheltered(shelter), async (unfinished) => {
      const folder = writeFolder(unfinished, files);
      makeFolder(dirname(target));
      return renameNew(folder, target);
    }),
  );
}

/**
 * Puts a folder in another one's place. A kill may leave the place empty for a repetition to fill, never half full.
 *
 * @param shelter  as for createFolder
 */
export async function replaceFolder(target: string, files: FolderFiles, shelter: string): Promise<void> {
  requirePlaceInTree(target, shelter);
  await explained(target, () =>
    withUnfinished(sheltered(shelter), async (unfinished) => {
      const folder = writeFolder(unfinished, files);
      makeFolder(dirname(target));
      await orUndefined(() => renameSync(target, join(unfinished, "former")));
      renameSync(folder, target);
    }),
  );
}

/** What is unfinished in the tree has names of one kind: see leftovers.ts, which clears them. */
function sheltered(folder: string) {
  return { folder, stem: "churn" };
}

/** Writes it a level below: if a meta.yaml lay directly in a folder of the shelter, that would pass for a run of MLflow's. */
function writeFolder(unfinished: string, files: FolderFiles): string {
  const folder = join(unfinished, "new");
  makeFolder(folder);
  for (const [path, content] of files) {
    const file = join(folder, path);
    makeFolder(path.endsWith("/") ? file : dirname(file));
    if (!path.endsWith("/")) writeSynced(file, content);
  }
  return folder;
}

/** Returns false when there is something in that place already. */
function renameNew(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (["EEXIST", "ENOTEMPTY", "ENOTDIR"].includes(errorCode(error) ?? "")) return false;
    throw error;
  }
}

/** Removes a file; one that isn't there is fine. */
export async function removeFile(path: string): Promise<void> {
  requirePlaceInTree(path);
  await explained(path, async () => removeFileSync(path));
}

/**
 * The file's bytes, or undefined when it isn't there.
 *
 * @param kind  for the limit of its size
 * @throws {ServiceError} when it is no regular file, larger than one of its kind, or behind a link out of the tree
 */
export async function readOptional(path: string, kind: SizedKind = "value"): Promise<Buffer | undefined> {
  return readNow(path, kind);
}

/** The file's text, likewise. */
export function readOptionalText(path: string, kind: SizedKind = "value"): string | undefined {
  return readNow(path, kind)?.toString("utf8");
}

function readNow(path: string, kind: SizedKind): Buffer | undefined {
  try {
    return readWithin(treeOf(path), path, kind);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw machineError(error, path);
  }
}

/** Names of the folders in a folder, sorted; none when it isn't there. */
export async function listFolders(path: string): Promise<readonly string[]> {
  const entries = listEntries(path);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Paths of all files below a folder, with / between, sorted; none when it isn't there. */
export async function listFiles(path: string): Promise<readonly string[]> {
  const entries = listEntries(path, true);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).split("\\").join("/"))
    .sort();
}

function listEntries(path: string, recursive = false) {
  try {
    requireWithin(treeOf(path), path);
    const entries = readdirSync(path, { withFileTypes: true, recursive });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    if (errorCode(error) !== "ENOTDIR") throw machineError(error, path);
    throw new ServiceError(`${path} is a file, where MLflow's layout has a folder`, "move it away, then run it again", {
      cause: error,
    });
  }
}

/** ENOTDIR: a parent in the path is a file. EISDIR: a key "val" while there is a key "val/auc". */
function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EISDIR"].includes(errorCode(error) ?? "");
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // writeFileAtomic has put it into words already, but not into those of MLflow's layout.
    if (errorCode(error instanceof ServiceError ? error.cause : error) === "EISDIR") {
      throw new ServiceError(
        `${path} can't be written: a file and a folder of MLflow's layout have the same name`,
        `is there a key that is the beginning of another one (${basename(path)} and ${basename(path)}/…)?`,
        { cause: error },
      );
    }
    throw machineError(error, path);
  }
}
