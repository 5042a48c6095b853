import { modelDigest } from "./model-files.ts";
import { withRunId } from "./model-folder.ts";
import { tags } from "./tags.ts";
import type { DatasetInput, Metric, Run, Tracking } from "./tracking.ts";

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
    },
  });
}

/** Ends the run of other work for the same night, if there is one: nobody will finish what that attempt began. */
export async function abandonTrainingRun(tracking: Tracking, work: TrainingWork): Promise<void> {
  const abandoned = await tracking.findRun(work.experiment, { key: tags.runKey, value: runKey(work) });
  if (abandoned !== undefined) await tracking.setStatus(abandoned.runId, "FAILED", Date.now());
}

/** Ends runs of earlier nights that nobody ended: their processes were killed, and this one alone works in the workspace. */
export async function endLeftRuns(tracking: Tracking, work: TrainingWork): Promise<void> {
  const running = await tracking.runningRuns(work.experiment, { key: tags.workspace, value: work.workspaceId });
  for (const { runId, tags: own } of running)
    if (own[tags.runKey] !== runKey(work)) await tracking.setStatus(runId, "KILLED", Date.now());
}

/**
 * Logs a training: params, metrics and tags, the data, the model and what describes it.
 *
 * @param training.files      the model folder
 * @param training.artifacts  files beside it
 * @returns the model's URI
 */
export async function logTraining(
  tracking: Tracking,
  { runId, status }: Pick<Run, "runId" | "status">,
  training: {
    readonly params: Record<string, string>;
    readonly metrics: readonly Metric[];
    readonly tags: Record<string, string>;
    readonly dataset: DatasetInput;
    readonly files: ReadonlyMap<string, Uint8Array>;
    readonly artifacts: ReadonlyMap<string, Uint8Array>;
  },
): Promise<string> {
  const { params, metrics, tags: own, dataset, files, artifacts } = training;
  if (status !== "RUNNING") await tracking.setStatus(runId, "RUNNING", null);
  await tracking.logBatch(runId, { params, metrics, tags: own });
  await tracking.logInput(runId, dataset);
  await tracking.logArtifacts(runId, artifacts);
  const { modelUri } = await tracking.logModel(runId, withRunId(files, runId));
  return modelUri;
}

function runKey({ workspaceId, night, digest }: TrainingWork): string {
  return `${workspaceId} ${night} ${digest}`;
}
