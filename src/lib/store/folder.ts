import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { InputError } from "../errors.ts";
import { makeFolder } from "../files/folders.ts";
import { errorCode, machineError } from "../files/machine-error.ts";
import { acquireLock, type Lock } from "../workspace/lock.ts";
import type { Fingerprint, Store } from "./store.ts";

/**
 * A folder as the store. Its files are small and a stage waits for each of them, so most calls block: one by way of a thread
 * takes several times as long.
 */
export function openFolderStore(root: string): Store {
  const path = (key: string) => join(root, key);
  let lock: Lock | undefined;

  const put = (key: string, produce: (path: string) => Promise<Fingerprint | undefined>) =>
    explained(key, async () => {
      const target = path(key);
      // One name a key: what a killed run left is overwritten by the next. Only the lock's holder writes.
      const unfinished = join(dirname(target), `.${basename(target)}.part`);
      makeFolder(dirname(target));
      // A signal ends the process between two awaits: what is unfinished then goes with it.
      const discard = () => removeFileSync(unfinished);
      process.once("exit", discard);
      try {
        discard();
        const known = await produce(unfinished);
        sync(unfinished);
        const fingerprint = known ?? (await fingerprintOf(unfinished));
        renameSync(unfinished, target);
        sync(dirname(target));
        return fingerprint;
      } catch (error) {
        try {
          discard();
        } catch {
          // The first error says more.
        }
        throw error;
      } finally {
        process.off("exit", discard);
      }
    });

  const fingerprint = (key: string) => explained(key, () => orUndefined(() => fingerprintOf(path(key))));

  return {
    address: root,
    begin: async (purpose) => {
      lock = await acquireLock(join(root, ".churn", "store.lock"), `the store ${root}`, purpose);
      return [lock.fd];
    },
    end: async () => {
      lock?.release();
      lock = undefined;
    },
    local: async ({ key, sha256 }) => {
      const found = await fingerprint(key);
      if (found === undefined) throw new InputError(`${key} was removed`);
      if (found.sha256 !== sha256) throw new InputError(`${key} was changed`);
      return path(key);
    },
    replace: (key, produce) =>
      put(key, async (unfinished) => {
        await produce(unfinished);
        return undefined;
      }),
    read: (key) => explained(key, () => orUndefined(() => readFileSync(path(key)))),
    write: (key, content) =>
      put(key, async (unfinished) => {
        const bytes = Buffer.from(content);
        writeFileSync(unfinished, bytes);
        return { size_bytes: bytes.length, sha256: sha256(bytes) };
      }),
    fingerprint,
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

/** SHA-256 of text or bytes, in hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** So much is read at once; a larger file in parts, so that signals and the supervisor's pipe are heard meanwhile. */
const AT_ONCE_BYTES = 1 << 20;

async function fingerprintOf(path: string): Promise<Fingerprint> {
  const { size } = statSync(path);
  if (size <= AT_ONCE_BYTES) {
    const bytes = readFileSync(path);
    return { size_bytes: bytes.length, sha256: sha256(bytes) };
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: AT_ONCE_BYTES }), hash);
  return { size_bytes: size, sha256: hash.digest("hex") };
}

/** Removes a file; one that isn't there is fine. Not by rmSync, whose errors have no code on Node 24. */
export function removeFileSync(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

async function orUndefined<T>(read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
