import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { ServiceError } from "../../errors.ts";
import { removeFileSync } from "../../files/absent.ts";
import { makeFolder } from "../../files/folders.ts";
import { errorCode, machineError } from "../../files/machine-error.ts";

// The files of MLflow's layout are many and small: calls that block take a fraction of those by way of a thread.

/**
 * One name each for a file and for a folder that isn't finished yet: only the holder of the workspace's lock writes, and what
 * a killed one left is overwritten by the next.
 */
const UNFINISHED_FILE = ".churn-unfinished";
const UNFINISHED_FOLDER = ".churn-unfinished-folder";
/** A folder that another one has just taken the place of. */
const FORMER_FOLDER = ".churn-former-folder";

/**
 * Replaces a file, so that a reader sees the old one or the new one and never half of it.
 *
 * @param shelter  a folder where a stray file does no harm: MLflow reads every file in metrics/, params/, tags/ and aliases/
 */
export async function replaceFile(target: string, content: string | Uint8Array, shelter: string): Promise<void> {
  const unfinished = join(shelter, UNFINISHED_FILE);
  await explained(target, async () => {
    makeFolder(dirname(target));
    try {
      writeSynced(unfinished, content);
      renameSync(unfinished, target);
    } catch (error) {
      removeFileSync(unfinished);
      throw error;
    }
  });
}

/**
 * Makes a folder with everything in it appear at once.
 *
 * @param shelter  a folder of the same file system where a stray folder without meta.yaml does no harm: an experiment's or a run's
 * @param files    path in the folder, with / between, and content; written in order. A path that ends with / is an empty folder
 * @returns        false when there is such a folder already, which then stays as it is
 */
export async function createFolder(
  target: string,
  files: Iterable<readonly [string, string | Uint8Array]>,
  shelter: string,
): Promise<boolean> {
  // Two levels: a folder whose meta.yaml lay directly in the shelter would pass for a run of MLflow's.
  const outer = join(shelter, UNFINISHED_FOLDER);
  const unfinished = join(outer, "new");
  return await explained(target, async () => {
    await rm(outer, { recursive: true, force: true });
    try {
      makeFolder(unfinished);
      for (const [path, content] of files) {
        const file = join(unfinished, path);
        makeFolder(path.endsWith("/") ? file : dirname(file));
        if (!path.endsWith("/")) writeSynced(file, content);
      }
      makeFolder(dirname(target));
      return renameNew(unfinished, target);
    } finally {
      await rm(outer, { recursive: true, force: true });
    }
  });
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

/**
 * Puts a folder in another one's place. A kill may leave the place empty for a repetition to fill, never half full.
 *
 * @param shelter  as for createFolder
 */
export async function replaceFolder(
  target: string,
  files: Iterable<readonly [string, string | Uint8Array]>,
  shelter: string,
): Promise<void> {
  const former = join(shelter, FORMER_FOLDER);
  await explained(target, async () => {
    await rm(former, { recursive: true, force: true });
    try {
      renameSync(target, former);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    }
  });
  await createFolder(target, files, shelter);
  await explained(target, () => rm(former, { recursive: true, force: true }));
}

/** Clears away what a killed call left unfinished in a shelter, when a repetition finds that its work is done. */
export async function removeUnfinished(shelter: string): Promise<void> {
  await explained(shelter, async () => {
    for (const name of [UNFINISHED_FILE, UNFINISHED_FOLDER, FORMER_FOLDER])
      await rm(join(shelter, name), { recursive: true, force: true });
  });
}

/** Removes a file; one that isn't there is fine. */
export async function removeFile(path: string): Promise<void> {
  await explained(path, async () => removeFileSync(path));
}

/** The file's bytes, or undefined when it isn't there. */
export async function readOptional(path: string): Promise<Buffer | undefined> {
  return await explained(path, async () => {
    try {
      return readFileSync(path);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  });
}

/** Names of the folders in a folder, sorted; none when it isn't there. */
export async function listFolders(path: string): Promise<readonly string[]> {
  const entries = await listEntries(path);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Paths of all files below a folder, with / between, sorted; none when it isn't there. */
export async function listFiles(path: string): Promise<readonly string[]> {
  const entries = await listEntries(path, true);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)).split("\\").join("/"))
    .sort();
}

async function listEntries(path: string, recursive = false) {
  return await explained(path, async () => {
    try {
      const entries = readdirSync(path, { withFileTypes: true, recursive });
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      if (errorCode(error) === "ENOTDIR") {
        throw new ServiceError(
          `${path} is a file, where MLflow's layout has a folder`,
          "move it away, then run it again",
          {
            cause: error,
          },
        );
      }
      throw error;
    }
  });
}

/** ENOTDIR: a parent in the path is a file. EISDIR: a key "val" while there is a key "val/auc". */
function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR", "EISDIR"].includes(errorCode(error) ?? "");
}

function writeSynced(path: string, content: string | Uint8Array): void {
  const file = openSync(path, "w");
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (errorCode(error) === "EISDIR" || errorCode(error) === "EEXIST" || errorCode(error) === "ENOTDIR") {
      throw new ServiceError(
        `${path} can't be written: a file and a folder of MLflow's layout have the same name`,
        `is there a key that is the beginning of another one (${basename(path)} and ${basename(path)}/…)?`,
        { cause: error },
      );
    }
    throw machineError(error, path);
  }
}
