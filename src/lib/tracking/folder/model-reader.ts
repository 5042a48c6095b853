import { join } from "node:path";
import { MOST_BYTES, MOST_FILES, tooMuch } from "../model-files.ts";
import { readOptional } from "./whole-file.ts";

/**
 * The files of a model folder by their paths in it.
 *
 * @param names  of the files, with / between
 * @throws {ServiceError} when they are more, or larger, than a model is
 */
export async function readModelFiles(folder: string, names: readonly string[]): Promise<Map<string, Uint8Array>> {
  if (names.length > MOST_FILES) throw tooMuch(folder, `${names.length} files, and at most ${MOST_FILES} are read`);
  const files = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const name of names) {
    const content = await readOptional(join(folder, name), "model");
    if (content === undefined) continue;
    bytes += content.byteLength;
    if (bytes > MOST_BYTES) throw tooMuch(folder, `more than ${MOST_BYTES} bytes, which is all that is read`);
    files.set(name, content);
  }
  return files;
}
