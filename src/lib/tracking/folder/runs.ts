import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as z from "zod";
import { InputError } from "../../errors.ts";
import { checkKey, checkRunId } from "../limits.ts";
import { addLoggedModel } from "../logged-models.ts";
import { LEFT_BY_MLFLOW, MODEL_PATH, mlmodelLast } from "../model-files.ts";
import { mlflowTags, tags as tagNames } from "../tags.ts";
import type { NewRun, Run, RunStatus, Tag, Tracking } from "../tracking.ts";
import { ensureExperiment, experimentFolders, findExperiment, listExperiments } from "./experiments.ts";
import { writeInput } from "./inputs.ts";
import { changeMeta, metaInteger, metaOptionalText, metaText, readMeta, writeMeta } from "./meta-yaml.ts";
import { addressOf, pathOf } from "./model-location.ts";
import { checkRunTags, readLatestMetrics, readValues, writeMetrics, writeParams, writeTags } from "./run-values.ts";
import {
  createFolder,
  listFiles,
  listFolders,
  readOptional,
  readOptionalText,
  replaceFile,
  replaceFolder,
} from "./whole-file.ts";

/** Runs of a folder in MLflow's layout: `<root>/<experiment id>/<run id>/`. */

/** Status as the folder layout stores it: 1 to 5, in MLflow's order. */
const STATUS: readonly RunStatus[] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

const runMeta = z.object({
  run_id: metaText,
  experiment_id: metaText,
  run_name: metaOptionalText,
  status: metaInteger.default(1),
  start_time: metaInteger,
  lifecycle_stage: metaText.default("active"),
  artifact_uri: metaOptionalText,
});

type RunMethods =
  | "findRun"
  | "runningRuns"
  | "createRun"
  | "getRun"
  | "logBatch"
  | "logModel"
  | "logArtifacts"
  | "logInput"
  | "setStatus";

export function openRuns(root: string): Pick<Tracking, RunMethods> {
  return {
    async findRun(experiment, tag) {
      checkKey("tag", tag.key);
      const id = await findExperiment(root, experiment);
      return id === undefined ? undefined : await findByTag(join(root, id), tag);
    },

    async runningRuns(experiment, tag) {
      checkKey("tag", tag.key);
      const id = await findExperiment(root, experiment);
      return id === undefined ? [] : await findRunning(join(root, id), tag);
    },

    async createRun(run) {
      checkRunTags(run.tags);
      const experimentId = await ensureExperiment(root, run.experiment);
      const experimentFolder = join(root, experimentId);
      const key = run.tags[tagNames.runKey];
      const runId = key === undefined ? randomUUID().replaceAll("-", "") : await keyedRunId(experimentFolder, key);
      await createFolder(join(experimentFolder, runId), newRunFiles(root, experimentId, runId, run), experimentFolder);
      return await readRun(join(experimentFolder, runId));
    },

    async getRun(runId) {
      const folder = await findRunFolder(root, runId);
      return folder === undefined ? undefined : await readRun(folder);
    },

    async logBatch(runId, { params = {}, metrics = [], tags = {} }) {
      const folder = await requireRunFolder(root, runId);
      checkRunTags(tags);
      await writeParams(folder, params);
      await writeMetrics(folder, metrics);
      await writeTags(folder, tags);
    },

    async logModel(runId, files) {
      const folder = await requireRunFolder(root, runId);
      const target = join(folder, "artifacts", MODEL_PATH);
      if (!(await holdsSameFiles(target, files))) await replaceFolder(target, mlmodelLast(files), folder);
      const history = (await readOptional(join(folder, "tags", mlflowTags.logModelHistory)))?.toString("utf8");
      const entries = addLoggedModel(history, runId, MODEL_PATH, files);
      checkRunTags({ [mlflowTags.logModelHistory]: entries });
      await writeTags(folder, { [mlflowTags.logModelHistory]: entries });
      return { modelUri: addressOf(target) };
    },

    async logArtifacts(runId, files) {
      const folder = await requireRunFolder(root, runId);
      for (const [name, content] of files) await replaceFile(join(folder, "artifacts", name), content, folder);
    },

    async logInput(runId, dataset) {
      await writeInput(await requireRunFolder(root, runId), runId, dataset);
    },

    async setStatus(runId, status, endTime) {
      const folder = await requireRunFolder(root, runId);
      const path = join(folder, "meta.yaml");
      const meta = await readMeta(path, runMeta);
      if (meta === undefined) throw runIsGone(root, runId);
      await replaceFile(
        path,
        changeMeta(meta.text, {
          status: STATUS.indexOf(status) + 1,
          end_time: endTime === null ? null : Math.trunc(endTime),
          ...movedArtifacts(folder, meta.fields.artifact_uri),
        }),
        folder,
      );
    },
  };
}

/** A run whose tree was moved has its artifacts beside it still: MLflow goes by their address. */
function movedArtifacts(folder: string, address: string | null): { artifact_uri?: string } {
  const artifacts = join(folder, "artifacts");
  const place = join(basename(dirname(folder)), basename(folder), "artifacts");
  const path = address === null ? undefined : pathOf(address);
  return path?.endsWith(`/${place}`) && path !== artifacts ? { artifact_uri: addressOf(artifacts) } : {};
}

/** The folder of an active run, in whatever experiment, or undefined. The stored URIs aren't asked: a workspace may move. */
export async function findRunFolder(root: string, runId: string): Promise<string | undefined> {
  checkRunId(runId);
  for (const experiment of await listExperiments(root)) {
    const folder = join(root, experiment, runId);
    const meta = await readMeta(join(folder, "meta.yaml"), runMeta);
    if (meta?.fields.lifecycle_stage === "active") return folder;
  }
  return undefined;
}

/**
 * The folders that may hold a run's files. A run that was deleted in MLflow, by itself or with its experiment, keeps them, and
 * its models stay registered; its meta.yaml is of no matter.
 */
export async function foldersOfRun(root: string, runId: string): Promise<readonly string[]> {
  checkRunId(runId);
  return (await experimentFolders(root)).map((experiment) => join(experiment, runId)).filter(existsSync);
}

/** @throws {InputError} when there is no such run, or it was deleted in MLflow */
export async function requireRunFolder(root: string, runId: string): Promise<string> {
  const folder = await findRunFolder(root, runId);
  if (folder === undefined) throw runIsGone(root, runId);
  return folder;
}

function runIsGone(root: string, runId: string): InputError {
  return new InputError(`MLflow run ${runId} is not in ${root}`, "churn train --force makes a new one");
}

/**
 * The id of the active run with this key, or of the one to be made. It follows from the key, so that the run is found again
 * without a look at all the others; one that was deleted in MLflow keeps its id, and the next one is used.
 */
async function keyedRunId(experimentFolder: string, key: string): Promise<string> {
  for (let made = 0; ; made += 1) {
    const seed = `${basename(experimentFolder)} ${made} ${key}`;
    const runId = createHash("sha256").update(seed).digest("hex").slice(0, 32);
    const meta = await readMeta(join(experimentFolder, runId, "meta.yaml"), runMeta);
    if (meta === undefined || meta.fields.lifecycle_stage === "active") return runId;
  }
}

async function findByTag(experimentFolder: string, { key, value }: Tag): Promise<Run | undefined> {
  let newest: { readonly folder: string; readonly startTime: number } | undefined;
  for (const runId of await listFolders(experimentFolder)) {
    const folder = join(experimentFolder, runId);
    // The tag first: a damaged run that isn't ours can't get in the way.
    if ((await readOptional(join(folder, "tags", key)))?.toString("utf8") !== value) continue;
    const meta = await readMeta(join(folder, "meta.yaml"), runMeta);
    if (meta?.fields.lifecycle_stage !== "active") continue;
    if (newest === undefined || meta.fields.start_time > newest.startTime) {
      newest = { folder, startTime: meta.fields.start_time };
    }
  }
  return newest === undefined ? undefined : await readRun(newest.folder);
}

/** Of hundreds of runs few are running: texts are searched before they are parsed. */
async function findRunning(experimentFolder: string, { key, value }: Tag): Promise<Run[]> {
  const running: Run[] = [];
  for (const runId of await listFolders(experimentFolder)) {
    const folder = join(experimentFolder, runId);
    const text = readOptionalText(join(folder, "meta.yaml"), "meta");
    if (text === undefined || !/^status: *['"]?1\b/m.test(text)) continue;
    if ((await readOptional(join(folder, "tags", key)))?.toString("utf8") !== value) continue;
    const meta = await readMeta(join(folder, "meta.yaml"), runMeta);
    if (meta?.fields.lifecycle_stage === "active" && meta.fields.status === 1) running.push(await readRun(folder));
  }
  return running;
}

async function readRun(folder: string): Promise<Run> {
  const path = join(folder, "meta.yaml");
  const meta = await readMeta(path, runMeta);
  if (meta === undefined)
    throw new InputError(`${path} is missing`, "restore it from a backup, or churn train --force logs the model again");
  const { run_id, experiment_id, run_name, status } = meta.fields;
  return {
    runId: run_id,
    experimentId: experiment_id,
    runName: run_name ?? "",
    status: STATUS[status - 1] ?? "RUNNING",
    artifactUri: addressOf(join(folder, "artifacts")),
    params: await readValues(join(folder, "params")),
    metrics: await readLatestMetrics(folder),
    tags: await readValues(join(folder, "tags")),
  };
}

/** The three folders must be there even when empty: MLflow says "run not found" otherwise. */
function newRunFiles(root: string, experimentId: string, runId: string, run: NewRun): [string, string][] {
  const meta = writeMeta({
    run_id: runId,
    // readers before MLflow 2.22.5 want it under this name too
    run_uuid: runId,
    experiment_id: experimentId,
    run_name: run.runName,
    user_id: run.tags[mlflowTags.user] ?? "churn",
    status: STATUS.indexOf("RUNNING") + 1,
    start_time: Math.trunc(run.startTime),
    end_time: null,
    lifecycle_stage: "active",
    artifact_uri: addressOf(join(root, experimentId, runId, "artifacts")),
  });
  const tags = Object.entries({ ...run.tags, [mlflowTags.runName]: run.runName });
  return [
    ["metrics/", ""],
    ["params/", ""],
    ["artifacts/", ""],
    ...tags.map(([key, value]): [string, string] => [`tags/${key}`, value]),
    ["meta.yaml", meta],
  ];
}

async function holdsSameFiles(target: string, files: ReadonlyMap<string, Uint8Array>): Promise<boolean> {
  const present = (await listFiles(target)).filter((file) => file !== LEFT_BY_MLFLOW);
  if (present.length !== files.size) return false;
  for (const file of present) {
    const content = files.get(file);
    const stored = await readOptional(join(target, file), "model");
    if (content === undefined || stored === undefined || !stored.equals(content)) return false;
  }
  return true;
}
