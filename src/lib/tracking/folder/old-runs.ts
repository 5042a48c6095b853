import { renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { orUndefined } from "../../files/absent.ts";
import { machineError } from "../../files/machine-error.ts";
import { withUnfinished } from "../../files/unfinished.ts";
import { tags } from "../tags.ts";
import type { OldRun, Tracking } from "../tracking.ts";
import { listExperiments } from "./experiments.ts";
import { requirePlaceInTree } from "./tree.ts";
import { versionNumbers, versionText } from "./versions.ts";
import { listFiles, listFolders, readOptionalText } from "./whole-file.ts";

/** Runs that nobody needs any more, in a folder of MLflow's layout: what MLflow's own gc removes of those that it has marked. */
export function openOldRuns(root: string): NonNullable<Tracking["oldRuns"]> {
  return {
    async find(workspaceId, isOld) {
      const registered = await registeredText(root);
      const found: OldRun[] = [];
      for (const experiment of await listExperiments(root)) {
        for (const runId of await listFolders(join(root, experiment))) {
          const folder = join(root, experiment, runId);
          const tag = (key: string) => readOptionalText(join(folder, "tags", key));
          const night = tag(tags.night);
          if (night === undefined || !isOld(night) || tag(tags.workspace) !== workspaceId) continue;
          if (registered.some((text) => text.includes(runId))) continue;
          const files = await listFiles(folder);
          const bytes = files.reduce((sum, file) => sum + sizeOf(join(folder, file)), 0);
          found.push({ runId, experimentId: experiment, night, files: files.length, bytes });
        }
      }
      return found;
    },

    async remove({ runId, experimentId }) {
      const experiment = join(root, experimentId);
      const folder = join(experiment, runId);
      requirePlaceInTree(folder, experiment);
      // Under another name first: half of a run would be one that MLflow can't read.
      await withUnfinished({ folder: experiment, stem: "churn" }, async (unfinished) => {
        try {
          await orUndefined(() => renameSync(folder, unfinished));
          rmSync(unfinished, { recursive: true, force: true });
        } catch (error) {
          throw machineError(error, folder);
        }
      });
    },
  };
}

/** What all versions of all registered models say of themselves, each other workspace's among them: whatever is named there stays. */
async function registeredText(root: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const name of await listFolders(join(root, "models"))) {
    const model = join(root, "models", name);
    for (const number of await versionNumbers(model)) texts.push(versionText(model, number));
  }
  return texts;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
