import * as z from "zod";
import { defineFormat } from "../artifacts/format.ts";
import { jsonText, parseJson } from "../artifacts/json-text.ts";
import { InputError } from "../errors.ts";
import type { StoredFile } from "../store/store.ts";
import { parseNight } from "../workspace/night.ts";
import type { Records } from "./archive.ts";

const removedFile = z.strictObject({
  key: z.string(),
  size_bytes: z.int().nonnegative(),
  sha256: z.string().length(64),
  removed_at: z.iso.datetime(),
  limit: z.string().describe("what asked for it: --keep 30d, retention.raw 30d"),
});

/** `records/NIGHT/removed.json`: the files of a night that `churn gc` has removed. It is written before the first of them goes. */
const removed = z.strictObject({
  workspace: z.string(),
  night: z.string(),
  finished: z
    .array(z.string())
    .describe("folders (raw, processed, …) of a decided night in which nothing is left to remove"),
  files: z.array(removedFile),
});
export type Removed = z.infer<typeof removed>;
export type RemovedFile = z.infer<typeof removedFile>;

export const removedFormat = defineFormat({ version: 1, signedFrom: 1, schema: removed, upgrades: {} });

export const removedKey = (night: string) => `records/${night}/removed.json`;

/**
 * What was removed of a night; undefined where nothing was.
 *
 * @throws {InputError} when the list is damaged, or another night's or workspace's
 */
export async function readRemoved({ store, workspaceId }: Records, night: string): Promise<Removed | undefined> {
  const key = removedKey(night);
  const bytes = await store.read(key);
  if (bytes === undefined) return undefined;
  try {
    const found = removedFormat.read(parseJson(bytes, key), key);
    requireOwn("night", found.night, night, key);
    requireOwn("workspace", found.workspace, workspaceId, key);
    return found;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const hint = "restore it from a backup: it alone says which of that night's files churn gc removed";
    throw new InputError(error.message, hint, { cause: error });
  }
}

/** @throws {InputError} for another's list: what it says excuses nothing here */
function requireOwn(field: string, found: string, own: string, key: string): void {
  if (found !== own) throw new InputError(`${key} is damaged: its ${field} is ${found} and not ${own}`);
}

export async function writeRemoved(
  { store, workspaceId }: Records,
  night: string,
  { finished, files }: Pick<Removed, "finished" | "files">,
): Promise<void> {
  const value = { workspace: workspaceId, night, finished, files };
  await store.write(removedKey(night), jsonText(removedFormat.write(value)));
}

/**
 * Says of a file that isn't there whether `churn gc` removed it, and when; undefined where it did not.
 *
 * @param written  when it was written: what was removed before that, and written anew, is gone for another reason
 */
export type Removals = (file: StoredFile, written?: Date) => Promise<RemovedFile | undefined>;

/** What `churn gc` has removed of any night. Each night's list is read once. */
export function removalsIn(records: Records): Removals {
  const lists = new Map<string, ReturnType<typeof readRemoved>>();
  return async ({ key, sha256 }, written) => {
    const night = nightOfKey(key);
    if (night === undefined) return undefined;
    const list = lists.get(night) ?? readRemoved(records, night);
    lists.set(night, list);
    const found = (await list)?.files.find((file) => file.key === key && file.sha256 === sha256);
    return found === undefined || (written !== undefined && new Date(found.removed_at) < written) ? undefined : found;
  };
}

/** The night whose file a key is: its second part. */
export function nightOfKey(key: string): string | undefined {
  return parseNight(key.split("/")[1] ?? "")?.name;
}

/**
 * Says that a file is gone for good, and when it went.
 *
 * @param hint  what can be done
 */
export function removedError({ key, removed_at }: Pick<RemovedFile, "key" | "removed_at">, hint?: string): InputError {
  return new InputError(`${key} was removed by churn gc on ${removed_at.slice(0, 10)}`, hint);
}

/** The same, as a part of another sentence. */
export function removedText(file: Pick<RemovedFile, "key" | "removed_at">): string {
  return removedError(file).message;
}
