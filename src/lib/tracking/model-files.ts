import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";

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
