import { closeSync, constants, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Fingerprint, fingerprintOf, sha256 } from "./fingerprint.ts";
import { makeFolder } from "./folders.ts";
import { machineError } from "./machine-error.ts";
import { clearLeftovers, type Shelter, withUnfinished } from "./unfinished.ts";

/** A file's content, or what has another program (DuckDB) write it at a path where nothing is yet. */
export type Content = string | Uint8Array | ((path: string) => Promise<void>);

export interface AtomicOptions {
  /** where the file lies until it is whole, on the same file system; its giver clears it. By default beside the file's name */
  readonly shelter?: Shelter;
  /** whether its folder is synced as well, so that a power cut can't take the name back; by default it is */
  readonly syncFolder?: boolean;
}

/**
 * Writes a file whole: a reader sees the old one or the new one and never half of it, however the writer ends. It is written
 * under another name, synced and renamed; folders above it are made where they are missing. When writing fails, the old
 * file stays. What a killed process left of the same file is cleared.
 *
 * Most files are small and somebody waits for each of them, so the calls block: one by way of a thread takes several times
 * as long.
 *
 * @throws {ServiceError} when the file system refuses; what the other program throws comes as it is
 */
export async function writeFileAtomic(
  target: string,
  content: Content,
  { shelter, syncFolder = true }: AtomicOptions = {},
): Promise<Fingerprint> {
  const folder = dirname(target);
  const beside = { folder, stem: basename(target) };
  try {
    makeFolder(folder);
    if (shelter === undefined) clearLeftovers(beside);
    return await withUnfinished(shelter ?? beside, async (unfinished) => {
      const { file, fingerprint } = await writeContent(unfinished, basename(target), content);
      renameSync(file, target);
      if (syncFolder) sync(folder);
      return fingerprint;
    });
  } catch (error) {
    throw machineError(error, target);
  }
}

/** Makes a file, where nothing is yet and no link either, and waits until the disk has it. */
export function writeSynced(path: string, content: string | Uint8Array): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW);
  try {
    writeFileSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

async function writeContent(
  unfinished: string,
  name: string,
  content: Content,
): Promise<{ file: string; fingerprint: Fingerprint }> {
  if (typeof content === "function") {
    // A folder for the program, which may put files of its own beside the one it was asked for: DuckDB its log.
    mkdirSync(unfinished);
    const file = join(unfinished, name);
    await content(file);
    sync(file);
    return { file, fingerprint: await fingerprintOf(file) };
  }
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  writeSynced(unfinished, bytes);
  return { file: unfinished, fingerprint: { size_bytes: bytes.length, sha256: sha256(bytes) } };
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
