import type { Artifact } from "../artifacts/artifact.ts";
import type { Archive } from "../stage/archive.ts";
import { filesOf, keyOf } from "../stage/inputs.ts";
import { readSuccess } from "../stage/record.ts";
import type { Removed } from "../stage/removed.ts";
import type { Store, StoredFile } from "../store/store.ts";
import { type Aging, agingFolder } from "./limits.ts";

/** A night's file that is there, and old. */
export interface AgedFile extends StoredFile {
  readonly folder: Aging;
}

/**
 * The files that a night has in these folders, its own tables and its model, as its records have them; what no record names is
 * measured. A stage's files that were taken over are another night's.
 *
 * @param removed  what was removed before: a file of it may still be there
 */
export async function agedFiles(
  archive: Archive,
  night: string,
  folders: ReadonlySet<Aging>,
  removed: Removed | undefined,
): Promise<readonly AgedFile[]> {
  const found: AgedFile[] = [];
  for (const stage of archive.stages) {
    const artifacts = Object.entries(stage.produces).filter(([, artifact]) => {
      const folder = agingFolder(artifact);
      return folder !== undefined && folders.has(folder);
    });
    if (artifacts.length === 0) continue;
    const record = await readSuccess(archive, night, stage.name);
    for (const [name, artifact] of artifacts) {
      const [folder, output] = [agingFolder(artifact), record?.outputs[name]];
      const known = [...(output === undefined ? [] : filesOf(output)), ...(removed?.files ?? [])];
      if (folder === undefined) continue;
      for (const key of await keysOf(archive.store, artifact, night, known)) {
        const file = known.find((one) => one.key === key) ?? (await measured(archive.store, key));
        if (file === undefined) continue;
        const { size_bytes, sha256 } = file;
        found.push({ key, size_bytes, sha256, folder });
      }
    }
  }
  return found;
}

async function keysOf(
  store: Store,
  artifact: Artifact,
  night: string,
  known: readonly StoredFile[],
): Promise<readonly string[]> {
  if (artifact.kind === "folder") return await keysBelow(store, keyOf(artifact, night), known);
  if (artifact.kind !== "parquet") return [];
  const key = keyOf(artifact, night);
  return (await store.stat(key)) === undefined ? [] : [key];
}

/** A name that has others below it is a folder's. */
async function keysBelow(store: Store, folder: string, known: readonly StoredFile[]): Promise<readonly string[]> {
  const keys: string[] = [];
  for (const name of await store.list(folder)) {
    const key = `${folder}/${name}`;
    const below = known.some((file) => file.key === key) ? [] : await keysBelow(store, key, known);
    keys.push(...(below.length === 0 ? [key] : below));
  }
  return keys;
}

async function measured(store: Store, key: string): Promise<StoredFile | undefined> {
  const fingerprint = await store.fingerprint(key);
  return fingerprint && { key, ...fingerprint };
}
