import type { Store, StoredFile } from "../store/store.ts";

/**
 * Says what is wrong with a file as its record has it: "was removed", "was changed", or undefined.
 *
 * @param written  when whoever wrote it had ended
 */
export type FileCheck = (file: StoredFile, written: Date) => Promise<string | undefined>;

const REMOVED = "was removed";
const CHANGED = "was changed";

/** Reads every byte. */
export function byDigest(store: Store): FileCheck {
  return async ({ key, sha256 }) => {
    const found = await store.fingerprint(key);
    if (found === undefined) return REMOVED;
    return found.sha256 === sha256 ? undefined : CHANGED;
  };
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
    if (found === undefined) return REMOVED;
    if (found.size_bytes !== file.size_bytes) return CHANGED;
    const untouched = found.modified.getTime() <= written.getTime() + AHEAD_MS;
    if (untouched && file.size_bytes > left) return undefined;
    left -= file.size_bytes;
    return await wholly(file, written);
  };
}
