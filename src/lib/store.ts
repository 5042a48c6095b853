import { createHash } from "node:crypto";
import { createReadStream, rmSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { errorCode, machineError } from "./machine-error.ts";

/** Size and content of a stored file. */
export interface Fingerprint {
  readonly size_bytes: number;
  readonly sha256: string;
}

/** Files under keys, in a folder. A file is written beside its name, synced and renamed: it is there whole or not at all. */
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

export function openStore(root: string): Store {
  const path = (key: string) => join(root, key);

  const replace = (key: string, produce: (path: string) => Promise<void>) =>
    explained(key, async () => {
      const target = path(key);
      // One name a key: what a killed run left is overwritten by the next. Only the lock's holder writes.
      const unfinished = join(dirname(target), `.${basename(target)}.part`);
      await mkdir(dirname(target), { recursive: true });
      // A signal ends the process between two awaits: what is unfinished then goes with it.
      const discard = () => rmSync(unfinished, { force: true });
      process.once("exit", discard);
      try {
        await rm(unfinished, { force: true });
        await produce(unfinished);
        await sync(unfinished);
        const fingerprint = await fingerprintOf(unfinished);
        await rename(unfinished, target);
        await sync(dirname(target));
        return fingerprint;
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      } finally {
        process.off("exit", discard);
      }
    });

  return {
    root,
    path,
    replace,
    read: (key) => explained(key, () => orUndefined(readFile(path(key)))),
    write: (key, content) =>
      replace(key, async (unfinished) => {
        const file = await open(unfinished, "w");
        try {
          await file.writeFile(content);
        } finally {
          await file.close();
        }
      }),
    fingerprint: (key) => explained(key, () => orUndefined(fingerprintOf(path(key)))),
    remove: (key) => explained(key, () => rm(path(key), { recursive: true, force: true })),
    list: (key) =>
      explained(key, async () => {
        const names = (await orUndefined(readdir(path(key)))) ?? [];
        return names.filter((name) => !name.startsWith(".")).sort();
      }),
    createFolder: (key) =>
      explained(key, async () => {
        await mkdir(dirname(path(key)), { recursive: true });
        try {
          await mkdir(path(key));
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

async function fingerprintOf(path: string): Promise<Fingerprint> {
  const hash = createHash("sha256");
  const { size } = await stat(path);
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return { size_bytes: size, sha256: hash.digest("hex") };
}

async function sync(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function orUndefined<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
