import { join } from "node:path";
import { makeFolder } from "../../files/folders.ts";
import { probeFolder } from "../../files/probe.ts";
import { checkExperimentName } from "../limits.ts";
import type { Tracking } from "../tracking.ts";
import { withFolderLock } from "./lock.ts";
import { openOldRuns } from "./old-runs.ts";
import { openRegistry } from "./registry.ts";
import { checkRunTags } from "./run-values.ts";
import { openRuns } from "./runs.ts";
import { knowTree } from "./tree.ts";

/**
 * Tracking and registry in a folder of MLflow's own layout (its FileStore), which MLflow 2.22 and 3.x read, serve, show and
 * migrate into a database. Several workspaces may share it: each call that writes holds the folder's lock.
 *
 * A process killed between any two steps leaves a tree that MLflow and churn read: files and folders appear whole, by
 * rename, and the same call again finishes the work. Opening makes nothing; a folder that isn't there has no runs and no
 * versions. Stored addresses are absolute, as MLflow needs them, but churn goes by ids, so the folder may move.
 *
 * @param root  absolute path of the folder, `mlruns` by default
 */
export function openFolder(root: string): Tracking {
  knowTree(root);
  const runs = openRuns(root);
  const registry = openRegistry(root);
  const oldRuns = openOldRuns(root);
  const alone =
    <Given extends unknown[], Result>(call: (...given: Given) => Promise<Result>) =>
    (...given: Given): Promise<Result> =>
      withFolderLock(root, () => call(...given));

  return {
    uri: root,
    registryUri: root,
    isLocal: true,
    // It is made when it is first written to.
    check: async () => {},
    requireRights: async (places) => {
      const model = "model" in places ? places.model : undefined;
      const folders = model === undefined ? [root, join(root, "models")] : [join(root, "models", model)];
      for (const folder of folders) probeFolder(folder);
    },
    close: async () => {},
    ...runs,
    ...registry,
    async createRun(run) {
      // Before anything is made.
      checkRunTags(run.tags);
      checkExperimentName(run.experiment);
      makeFolder(root);
      return await alone(runs.createRun)(run);
    },
    logBatch: alone(runs.logBatch),
    logModel: alone(runs.logModel),
    logArtifacts: alone(runs.logArtifacts),
    logInput: alone(runs.logInput),
    setStatus: alone(runs.setStatus),
    createModelVersion: alone(registry.createModelVersion),
    setModelVersionTags: alone(registry.setModelVersionTags),
    addToDescription: alone(registry.addToDescription),
    transitionStage: alone(registry.transitionStage),
    renewAddress: alone(registry.renewAddress),
    setAlias: alone(registry.setAlias),
    deleteAlias: alone(registry.deleteAlias),
    oldRuns: { find: oldRuns.find, remove: alone(oldRuns.remove) },
  };
}
