import { stat } from "node:fs/promises";
import { TryLaterError } from "../errors.ts";
import { orUndefined } from "../files/absent.ts";

/** How each file is, by its path. */
export type FilesState = ReadonlyMap<string, string>;

/** Notes how files are, to be asked `writtenMeanwhile` after they were read. */
export async function stateOf(files: readonly string[]): Promise<FilesState> {
  const states = files.map(async (file) => {
    const found = await orUndefined(() => stat(file, { bigint: true }));
    // A file that is replaced as a whole has another inode, and perhaps the same size.
    return [file, found === undefined ? "gone" : `${found.ino} ${found.size} ${found.mtimeNs}`] as const;
  });
  return new Map(await Promise.all(states));
}

/**
 * Whether somebody wrote while files were read: then neither the rows nor an error is worth anything.
 *
 * @param before  of the files that were read
 * @param now     the files that there are by now, by the same words of source.url
 * @returns       what to throw, or undefined where all are as they were
 */
export async function writtenMeanwhile(before: FilesState, now: readonly string[]): Promise<TryLaterError | undefined> {
  const after = await stateOf(now);
  const changed = [...new Set([...before.keys(), ...now])].find((file) => before.get(file) !== after.get(file));
  if (changed === undefined) return undefined;
  return new TryLaterError(`source.url: ${changed} was written while it was read`, "run it again once it is whole");
}
