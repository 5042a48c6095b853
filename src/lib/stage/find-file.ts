import { suggestion } from "../cli/suggestions.ts";
import { InputError, UsageError } from "../errors.ts";
import { requireKey } from "../store/key.ts";
import type { Store, StoredFile } from "../store/store.ts";
import type { Archive } from "./archive.ts";
import { backupOrAnew } from "./inputs.ts";
import { recordedFile } from "./night-files.ts";
import { nightOfKey, removedError } from "./removed.ts";

/**
 * The file that somebody asks for by its key, with the digest that a record has of it; where none names it, as it is.
 *
 * @throws {UsageError} when that is no key, or a folder's
 * @throws {InputError} when no such file is there
 */
export async function findFile(archive: Archive, text: string): Promise<StoredFile> {
  const key = requireKey(text);
  const { store } = archive;
  const night = nightOfKey(key);
  const recorded = night === undefined ? undefined : await recordedFile(archive, night, key);
  if (night !== undefined && recorded?.state === "removed")
    throw removedError({ key, removed_at: recorded.removed_at ?? "" }, backupOrAnew(night));
  if (recorded !== undefined) return recorded;
  const inside = await store.list(key);
  if (inside.length > 0)
    throw new UsageError(`${key} is a folder`, `its files: ${inside.map((name) => `${key}/${name}`).join(", ")}`);
  const found = await store.fingerprint(key);
  if (found !== undefined) return { key, ...found };
  throw new InputError(`there is no ${key} in the store`, suggestion(key, await keysBeside(store, key)));
}

/** What lies in the folder that a key is in; where there is no such folder, in the nearest one above it. */
async function keysBeside(store: Store, key: string): Promise<readonly string[]> {
  for (let parts = key.split("/").slice(0, -1); parts.length > 0; parts = parts.slice(0, -1)) {
    const folder = parts.join("/");
    const names = await store.list(folder);
    if (names.length > 0) return names.map((name) => `${folder}/${name}`);
  }
  return [];
}
