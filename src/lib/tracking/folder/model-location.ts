import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { folderOf } from "../../files/address.ts";

/**
 * Where a registered model's folder lies in our own tree, by the address that MLflow or churn stored. The tree may have
 * moved since, so only the address's end counts:
 * `…/EXPERIMENT/RUN/artifacts/PATH` and `runs:/RUN/PATH` (run's artifacts), `…/EXPERIMENT/models/m-ID/artifacts` (what
 * Python logs with MLflow 3).
 *
 * @param runFolder  the folder of the run that the version names, or undefined
 * @returns          undefined for an address outside the tree
 */
export function locateModel(root: string, runFolder: string | undefined, address: string): string | undefined {
  const path = decoded(address);
  if (path === undefined || path.split("/").includes("..")) return undefined;
  const logged = /\/([^/]+)\/models\/(m-[^/]+)\/artifacts\/?$/.exec(path);
  if (logged !== null) return join(root, logged[1] ?? "", "models", logged[2] ?? "", "artifacts");
  const inRun = artifactPath(address);
  return inRun === undefined || runFolder === undefined ? undefined : join(runFolder, "artifacts", inRun);
}

/** The address of a folder of this machine, as MLflow stores it. */
export function addressOf(folder: string): string {
  return pathToFileURL(folder).href;
}

/** The folder of this machine that a stored address leads to, whether it is there or not; undefined for any other address. */
export function pathOf(address: string): string | undefined {
  const path = folderOf(address);
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

/** The path below the run's artifacts that an address ends with, or undefined. */
export function artifactPath(address: string): string | undefined {
  const path = decoded(address);
  if (path === undefined || path.split("/").includes("..")) return undefined;
  return /^runs:\/[^/]+\/(.+)$/.exec(path)?.[1] ?? /\/artifacts\/(.+)$/.exec(path)?.[1];
}

function decoded(address: string): string | undefined {
  const path = unescaped(address);
  // No path has a U+0000 in it.
  return path?.includes("\0") ? undefined : path;
}

function unescaped(address: string): string | undefined {
  // A plain path isn't percent-encoded.
  if (!/^[a-z][a-z0-9+.-]*:/i.test(address)) return address;
  try {
    return decodeURIComponent(address);
  } catch {
    return undefined;
  }
}
