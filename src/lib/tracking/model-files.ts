import { createHash } from "node:crypto";
import { visible } from "../cli/visible.ts";
import { InputError, ServiceError } from "../errors.ts";
import { SIZE_LIMITS } from "../files/size-limits.ts";

/** Names of the two files that make the model; the rest, MLmodel first, tells MLflow and Python how to load it. */
export const MODEL_JSON = "model.json";
export const PREPROCESSING_JSON = "preprocessing.json";
export const MLMODEL = "MLmodel";

/**
 * What makes two models the same model: SHA-256, as hex, over the digests of model.json and preprocessing.json.
 *
 * @throws {InputError} when one of the two is missing
 */
export function modelDigest(files: ReadonlyMap<string, Uint8Array>): string {
  const digests = [MODEL_JSON, PREPROCESSING_JSON].map((file) => {
    const content = files.get(file);
    if (content === undefined) throw new InputError(`the model folder has no file ${file}`, "churn train --force");
    return `${createHash("sha256").update(content).digest("hex")}  ${file}\n`;
  });
  return createHash("sha256").update(digests.join("")).digest("hex");
}

/** The same, or undefined when one of the two is missing. */
export function modelDigestIfWhole(files: ReadonlyMap<string, Uint8Array>): string | undefined {
  return files.has(MODEL_JSON) && files.has(PREPROCESSING_JSON) ? modelDigest(files) : undefined;
}

/** MLflow drops it into a model folder when it loads a registered model from it. */
export const LEFT_BY_MLFLOW = "registered_model_meta";

/** Where the model lies below its run's artifacts. */
export const MODEL_PATH = "model";

/** A model folder of churn's has ten files; MLflow's may have the code of a model class besides. */
export const MOST_FILES = 1000;
/** All of them together: they are held in memory. */
export const MOST_BYTES = 2 * SIZE_LIMITS.model;

/** More files or bytes than a model folder has. */
export function tooMuch(place: string, what: string): ServiceError {
  return new ServiceError(
    `${visible(place, 300)} has ${what} of a model folder`,
    "what else lies in it belongs elsewhere",
  );
}

/** The files in their order, MLmodel last: a folder is a model only with it. */
export function mlmodelLast(files: ReadonlyMap<string, Uint8Array>): [string, Uint8Array][] {
  return [...files].sort(([a], [b]) => Number(isMlmodel(a)) - Number(isMlmodel(b)));
}

/** The files for who writes several at a time: MLmodel in a turn of its own, the last. */
export function mlmodelApart(files: ReadonlyMap<string, Uint8Array>): readonly (readonly [string, Uint8Array])[][] {
  return [false, true].map((last) => [...files].filter(([name]) => isMlmodel(name) === last));
}

/** What was read at once, in the listing's order, whichever came first. */
export function inOrder(contents: ReadonlyMap<string, Uint8Array>, names: readonly string[]): Map<string, Uint8Array> {
  return new Map(
    names.flatMap((name) => {
      const content = contents.get(name);
      return content === undefined ? [] : [[name, content] as const];
    }),
  );
}

function isMlmodel(path: string): boolean {
  return path === MLMODEL || path.endsWith(`/${MLMODEL}`);
}
