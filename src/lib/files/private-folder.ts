import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { machineError } from "./machine-error.ts";
import { requireTemporaryPlace } from "./temporary.ts";

/** A folder for files that hold customers for a while. */
export interface PrivateFolder extends Disposable {
  readonly path: string;
}

/**
 * Makes a folder that its owner alone may enter. It is removed when it is disposed of, or when the process ends.
 *
 * @throws {ServiceError} when the machine refuses it
 */
export function makePrivateFolder(): PrivateFolder {
  const path = made();
  const remove = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", remove);
  return {
    path,
    [Symbol.dispose]() {
      remove();
      process.off("exit", remove);
    },
  };
}

function made(): string {
  const place = requireTemporaryPlace();
  try {
    return mkdtempSync(join(place, "churn-"));
  } catch (error) {
    throw machineError(error, place);
  }
}
