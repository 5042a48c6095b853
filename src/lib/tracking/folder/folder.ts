import type { Tracking } from "../tracking.ts";
import { openRegistry } from "./registry.ts";
import { openRuns } from "./runs.ts";

/**
 * Tracking and registry in a folder of MLflow's own layout (its FileStore), which MLflow 2.22 and 3.x read, serve, show and
 * migrate into a database. The caller holds the workspace's lock for every call that writes.
 *
 * A process killed between any two steps leaves a tree that MLflow and churn read: files and folders appear whole, by
 * rename, and the same call again finishes the work. Opening makes nothing; a folder that isn't there has no runs and no
 * versions. Stored addresses are absolute, as MLflow needs them, but churn goes by ids, so the folder may move.
 *
 * @param root  absolute path of the folder, `mlruns` by default
 */
export function openFolder(root: string): Tracking {
  return { uri: root, close: async () => {}, ...openRuns(root), ...openRegistry(root) };
}
