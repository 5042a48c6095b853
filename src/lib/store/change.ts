import type { Store, StoredFile } from "./store.ts";

/** How a file differs from what it was when it was written, as the end of a sentence that begins with its key. */
export type Change = "was removed" | "was changed";

/** Holds a file to its record, byte by byte where its size is the same; undefined where nothing differs. */
export async function changeOf(
  store: Pick<Store, "stat" | "fingerprint">,
  { key, size_bytes, sha256 }: StoredFile,
): Promise<Change | undefined> {
  const found = await store.stat(key);
  if (found === undefined) return "was removed";
  // A file of gigabytes in its place needn't be read.
  if (found.size_bytes !== size_bytes) return "was changed";
  return (await store.fingerprint(key))?.sha256 === sha256 ? undefined : "was changed";
}
