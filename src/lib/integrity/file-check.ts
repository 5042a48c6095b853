import { type Change, changeOf } from "../store/change.ts";
import type { Store, StoredFile } from "../store/store.ts";

/**
 * Says how a file differs from its record; undefined where it doesn't.
 *
 * @param written  when whoever wrote it had ended
 */
export type FileCheck = (file: StoredFile, written: Date) => Promise<Change | undefined>;

/** Reads every byte. */
export function byDigest(store: Store): FileCheck {
  return (file) => changeOf(store, file);
}

/** So much is read whatever it looks like: the files of a small table, which take some hundredths of a second. */
const READ_BYTES = 8 << 20;
/** Clocks of file servers are a little ahead. */
const AHEAD_MS = 2_000;

/**
 * Reads small files, and of the large ones those that were changed after they were written: a glance for who has nothing
 * else to do. What a failing disk changes without touching a file's time is left to `byDigest`.
 */
export function atAGlance(store: Store, readBytes: number = READ_BYTES): FileCheck {
  const wholly = byDigest(store);
  let left = readBytes;
  return async (file, written) => {
    const found = await store.stat(file.key);
    const looksSame = found?.size_bytes === file.size_bytes && found.modified.getTime() <= written.getTime() + AHEAD_MS;
    if (looksSame && file.size_bytes > left) return undefined;
    left -= file.size_bytes;
    return await wholly(file, written);
  };
}
