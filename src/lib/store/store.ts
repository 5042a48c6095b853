import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { orUndefined } from "../files/absent.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { type Fingerprint, fingerprintOf } from "../files/fingerprint.ts";
import { makeFolder } from "../files/folders.ts";
import { errorCode, machineError } from "../files/machine-error.ts";

/** Files under keys, in a folder. A file is there whole or not at all. */
export interface Store {
  readonly root: string;
  /** The file's path, for programs that open it themselves (DuckDB). */
  path(key: string): string;
  /** The file's bytes, or undefined when it isn't there. */
  read(key: string): Promise<Buffer | undefined>;
  write(key: string, content: string | Uint8Array): Promise<Fingerprint>;
  /** For content that another program writes: `produce` gets a path beside the name. */
  replace(key: string, produce: (path: string) => Promise<void>): Promise<Fingerprint>;
  /** Undefined when there is no such file. */
  fingerprint(key: string): Promise<Fingerprint | undefined>;
  remove(key: string): Promise<void>;
  /** Names in a folder, sorted, unfinished files left out; none when there is no folder. */
  list(key: string): Promise<readonly string[]>;
  /** Makes a folder that must not be there yet. Returns false when it is. */
  createFolder(key: string): Promise<boolean>;
}

/**
 * A folder as the store. Its files are small and a stage waits for each of them, so most calls block: one by way of a thread
 * takes several times as long.
 */
export function openStore(root: string): Store {
  const path = (key: string) => join(root, key);

  return {
    root,
    path,
    replace: (key, produce) => writeFileAtomic(path(key), produce),
    read: (key) => explained(key, () => orUndefined(() => readFileSync(path(key)))),
    write: (key, content) => writeFileAtomic(path(key), content),
    fingerprint: (key) => explained(key, () => orUndefined(() => fingerprintOf(path(key)))),
    remove: (key) => explained(key, () => rm(path(key), { recursive: true, force: true })),
    list: (key) =>
      explained(key, async () => {
        const names = (await orUndefined(() => readdirSync(path(key)))) ?? [];
        return names.filter((name) => !name.startsWith(".")).sort();
      }),
    createFolder: (key) =>
      explained(key, async () => {
        makeFolder(dirname(path(key)));
        try {
          mkdirSync(path(key));
          return true;
        } catch (error) {
          if (errorCode(error) === "EEXIST") return false;
          throw error;
        }
      }),
  };

  async function explained<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw machineError(error, path(key));
    }
  }
}
