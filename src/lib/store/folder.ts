import { closeSync, lstatSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError, RESTORE_HINT } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { fingerprintOf } from "../files/fingerprint.ts";
import { makeFolder } from "../files/folders.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { probeFolder } from "../files/probe.ts";
import { clearAllLeftovers } from "../files/unfinished.ts";
import { openWithin, readWithin, requireFolderWithin, requireWithin } from "../files/within.ts";
import { acquireLock, type Lock } from "../workspace/lock.ts";
import { lockHolder } from "../workspace/lock-holder.ts";
import { changeOf } from "./change.ts";
import { FOLDERS } from "./key.ts";
import type { Store } from "./store.ts";

/**
 * A folder as the store. Its files are small and a stage waits for each of them, so most calls block: one by way of a thread
 * takes several times as long.
 *
 * @param root  the folder, absolute
 */
export function openFolderStore(root: string): Store {
  const path = (key: string) => join(root, key);
  const fingerprint = (key: string) => explained(key, () => orUndefined(() => fingerprintOf(path(key), root)));
  const stat = (key: string) =>
    explained(key, () =>
      orUndefined(() => {
        const { fd, size, modified } = openWithin(root, path(key));
        closeSync(fd);
        return { size_bytes: size, modified };
      }),
    );
  const lockFile = join(root, ".churn", "store.lock");
  let lock: Lock | undefined;

  const store: Store = {
    address: root,
    isLocal: true,
    warmUp: async () => {},
    requireWritable: () =>
      explained("", async () => {
        for (const folder of [...FOLDERS.map(path), root]) {
          if (lstatSync(folder, { throwIfNoEntry: false }) === undefined && folder !== root) continue;
          requireFolderWithin(root, folder);
          probeFolder(folder);
        }
      }),
    holder: () => lockHolder(lockFile),
    thorough: () => store,
    copyCommand: (from, to) => `cp ${from} ${to}`,
    removeCommand: (key) => `rm ${key}`,
    begin: async (purpose) => {
      lock = await acquireLock(lockFile, `the store ${root}`, purpose);
      // Nobody writes here but the lock's holder: nothing of another one is at work.
      if (lock.wasLeft) for (const folder of FOLDERS) clearAllLeftovers(path(folder));
      return [lock.fd];
    },
    note: (purpose) => lock?.note(purpose),
    requireHeld: async () => {},
    end: async (inOrder) => {
      lock?.release(inOrder);
      lock = undefined;
    },
    local: async (file) => {
      const change = await changeOf({ stat, fingerprint }, file);
      if (change !== undefined) throw new InputError(`${file.key} ${change}`, RESTORE_HINT);
      return path(file.key);
    },
    stat,
    fingerprint,
    replace: async (key, produce) => writeFileAtomic(place(key), produce),
    folderOf: (key) => dirname(path(key)),
    read: (key) => explained(key, () => orUndefined(() => readWithin(root, path(key), "stored"))),
    write: async (key, content) => writeFileAtomic(place(key), content),
    remove: (key) =>
      explained(key, async () => {
        await rm(place(key), { recursive: true, force: true });
        removeEmptyAbove(key);
      }),
    list: (key) =>
      explained(key, async () => {
        const names = (await orUndefined(() => readdirSync(requireWithin(root, path(key))))) ?? [];
        return names.filter((name) => !name.startsWith(".")).sort();
      }),
    createFolder: (key) =>
      explained(key, async () => {
        makeFolder(dirname(place(key)));
        try {
          mkdirSync(path(key));
          return true;
        } catch (error) {
          if (errorCode(error) === "EEXIST") return false;
          throw error;
        }
      }),
  };
  return store;

  /** The path of what is to be made or removed: not behind a link that leads elsewhere. */
  function place(key: string): string {
    requireFolderWithin(root, dirname(path(key)));
    return path(key);
  }

  /** In a bucket there are no folders: a key's are there as long as a file is in them. */
  function removeEmptyAbove(key: string): void {
    for (let folder = dirname(key); folder !== "."; folder = dirname(folder)) {
      try {
        rmdirSync(path(folder));
      } catch {
        // Something else is in it, or it was never there.
        return;
      }
    }
  }

  async function explained<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw machineError(error, path(key));
    }
  }
}
