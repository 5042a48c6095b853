import { modelDigest } from "./model-files.ts";
import { withRunId } from "./model-folder.ts";
import { mlflowTags, tags } from "./tags.ts";
import type { Run, Tracking } from "./tracking.ts";

/** A night's training, by which its MLflow run is found again: an attempt may have died between making it and saying so. */
export interface TrainingWork {
  readonly experiment: string;
  readonly workspaceId: string;
  readonly night: string;
  /** of all that the training depends on */
  readonly digest: string;
}

/** The MLflow run of a training, made where there is none yet, in state RUNNING. */
export async function openTrainingRun(
  tracking: Tracking,
  work: TrainingWork,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Run> {
  const { experiment, workspaceId, night } = work;
  return tracking.createRun({
    experiment,
    runName: `churn ${night}`,
    startTime: Date.now(),
    tags: {
      [tags.runKey]: runKey(work),
      [tags.workspace]: workspaceId,
      [tags.night]: night,
      [tags.modelDigest]: modelDigest(files),
      [mlflowTags.sourceName]: "churn",
      [mlflowTags.sourceType]: "LOCAL",
    },
  });
}

/** Ends the run of other work for the same night, if there is one: nobody will finish what that attempt began. */
export async function abandonTrainingRun(tracking: Tracking, work: TrainingWork): Promise<void> {
  const abandoned = await tracking.findRun(work.experiment, { key: tags.runKey, value: runKey(work) });
  if (abandoned !== undefined) await tracking.setStatus(abandoned.runId, "FAILED", Date.now());
}

/** Logs a training's params and its model. @returns the model's URI */
export async function logTraining(
  tracking: Tracking,
  runId: string,
  { params, files }: { params: Record<string, string>; files: ReadonlyMap<string, Uint8Array> },
): Promise<string> {
  await tracking.setStatus(runId, "RUNNING", null);
  await tracking.logBatch(runId, { params });
  const { modelUri } = await tracking.logModel(runId, withRunId(files, runId));
  return modelUri;
}

function runKey({ workspaceId, night, digest }: TrainingWork): string {
  return `${workspaceId} ${night} ${digest}`;
}
