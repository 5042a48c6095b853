import { join } from "node:path";
import { ServiceError } from "../../errors.ts";
import { SIZE_LIMITS } from "../../files/size-limits.ts";
import { readOptional } from "./whole-file.ts";

/** A model folder of churn's has ten files; MLflow's may have the code of a model class besides. */
const MOST_FILES = 1000;
/** All of them together: they are held in memory. */
const MOST_BYTES = 2 * SIZE_LIMITS.model;

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

function tooMuch(folder: string, what: string): ServiceError {
  return new ServiceError(`${folder} has ${what} of a model folder`, "what else lies in it belongs elsewhere");
}
