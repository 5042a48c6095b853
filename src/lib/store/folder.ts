import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { fingerprintOf } from "../files/fingerprint.ts";
import { makeFolder } from "../files/folders.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { clearAllLeftovers } from "../files/unfinished.ts";
import { acquireLock, type Lock } from "../workspace/lock.ts";
import type { Store } from "./store.ts";

/** Where keys begin. The store may lie in a folder of other things, which are nobody's to look through. */
export const FOLDERS = ["raw", "processed", "features", "models", "records", "notifications"] as const;

/**
 * A folder as the store. Its files are small and a stage waits for each of them, so most calls block: one by way of a thread
 * takes several times as long.
 *
 * @param root  the folder, absolute
 */
export function openFolderStore(root: string): Store {
  const path = (key: string) => join(root, key);
  const fingerprint = (key: string) => explained(key, () => orUndefined(() => fingerprintOf(path(key))));
  let lock: Lock | undefined;

  return {
    address: root,
    begin: async (purpose) => {
      lock = await acquireLock(join(root, ".churn", "store.lock"), `the store ${root}`, purpose);
      // Nobody writes here but the lock's holder: nothing of another one is at work.
      if (lock.wasLeft) for (const folder of FOLDERS) clearAllLeftovers(path(folder));
      return [lock.fd];
    },
    end: async (inOrder) => {
      lock?.release(inOrder);
      lock = undefined;
    },
    local: async ({ key, sha256 }) => {
      const found = await fingerprint(key);
      if (found === undefined) throw new InputError(`${key} was removed`);
      if (found.sha256 !== sha256) throw new InputError(`${key} was changed`);
      return path(key);
    },
    stat: (key) =>
      explained(key, () =>
        orUndefined(() => {
          const { size, mtime } = statSync(path(key));
          return { size_bytes: size, modified: mtime };
        }),
      ),
    fingerprint,
    replace: (key, produce) => writeFileAtomic(path(key), produce),
    read: (key) => explained(key, () => orUndefined(() => readFileSync(path(key)))),
    write: (key, content) => writeFileAtomic(path(key), content),
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
