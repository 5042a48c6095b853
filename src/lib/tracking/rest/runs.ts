import { ServiceError, UsageError } from "../../errors.ts";
import { CONTEXT_TAG, storedDataset } from "../dataset.ts";
import { checkExperimentName, checkKey, checkParam, checkRunId, checkRunTag } from "../limits.ts";
import { addLoggedModel } from "../logged-models.ts";
import { MODEL_PATH } from "../model-files.ts";
import { mlflowTags, tags as tagNames } from "../tags.ts";
import type { NewRun, Run, RunStatus, Tag, Tracking } from "../tracking.ts";
import { isUnknownCall, RefusedError, unlessAbsent } from "./answers.ts";
import type { Api } from "./api.ts";
import type { Artifacts } from "./artifacts.ts";
import { batches, metricForm } from "./batches.ts";
import { openExperiments } from "./experiments.ts";
import { nothing, type RunForm, runAnswer, runsAnswer } from "./forms.ts";

/** Runs that were left running, an answer. */
const MOST_RUNNING = 100;

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

/** Runs of a server. */
export function openRuns(api: Api, artifacts: Artifacts): Pick<Tracking, RunMethods> {
  const experiments = openExperiments(api);

  const readRun = async (runId: string): Promise<RunForm | undefined> => {
    checkRunId(runId);
    const found = await unlessAbsent(() => api.call("GET", "runs/get", { run_id: runId }, runAnswer));
    return found?.run.info.lifecycle_stage === "active" ? found.run : undefined;
  };

  /** Runs as this process last saw them: an address never changes, and no other process works on the same run. */
  const known = new Map<string, Run>();
  const getRun = async (runId: string): Promise<Run | undefined> => {
    const form = await readRun(runId);
    if (form === undefined) return undefined;
    const run = toRun(form);
    known.set(runId, run);
    return run;
  };
  const knownRun = async (runId: string): Promise<Run> => {
    const run = known.get(runId) ?? (await getRun(runId));
    if (run === undefined) throw runIsGone(runId, api);
    return run;
  };

  const logBatch = (runId: string, part: object) =>
    api.call("POST", "runs/log-batch", { run_id: runId, ...part }, nothing).catch((error: unknown) => {
      // Every key and value was checked: what is left is a param that is there with another value.
      if (error instanceof RefusedError && error.code === "INVALID_PARAMETER_VALUE")
        throw new UsageError(error.message, "MLflow keeps a param for good: other params belong to another run");
      throw error;
    });

  return {
    async findRun(experiment, tag) {
      checkKey("tag", tag.key);
      const id = await experiments.find(experiment);
      return id === undefined ? undefined : (await searchRuns(api, id, tag))[0];
    },

    async runningRuns(experiment, tag) {
      checkKey("tag", tag.key);
      const id = await experiments.find(experiment);
      return id === undefined ? [] : await searchRuns(api, id, tag, "RUNNING");
    },

    async createRun(run) {
      for (const [key, value] of Object.entries(run.tags)) checkRunTag(key, value);
      checkExperimentName(run.experiment);
      const id = await experiments.ensure(run.experiment);
      const key = run.tags[tagNames.runKey];
      const tag = key === undefined ? undefined : { key: tagNames.runKey, value: key };
      const look = tag && (async (by: Api) => (await searchRuns(by, id, tag))[0]);
      const made = (await look?.(api)) ?? (await create(api, id, run, look));
      known.set(made.runId, made);
      return made;
    },

    getRun,

    async logBatch(runId, { params = {}, metrics = [], tags = {} }) {
      checkRunId(runId);
      for (const [key, value] of Object.entries(params)) checkParam(key, value);
      for (const [key, value] of Object.entries(tags)) checkRunTag(key, value);
      for (const { key } of metrics) checkKey("metric", key);
      for (const batch of batches({ params: keyed(params), metrics: metrics.map(metricForm), tags: keyed(tags) }))
        await logBatch(runId, batch);
    },

    async logModel(runId, files) {
      const { artifactUri, tags } = await knownRun(runId);
      const modelUri = await artifacts.write({ runId, artifactUri, folder: MODEL_PATH }, files);
      // Not by runs/log-model, which notes the same model twice when it is repeated.
      const history = tags[mlflowTags.logModelHistory];
      const entries = addLoggedModel(history, runId, MODEL_PATH, files);
      checkRunTag(mlflowTags.logModelHistory, entries);
      if (entries !== history) await logBatch(runId, { tags: keyed({ [mlflowTags.logModelHistory]: entries }) });
      return { modelUri };
    },

    async logArtifacts(runId, files) {
      const { artifactUri } = await knownRun(runId);
      await artifacts.write({ runId, artifactUri, folder: "" }, files);
    },

    async logInput(runId, dataset) {
      checkRunId(runId);
      const tags = [{ key: CONTEXT_TAG, value: dataset.context }];
      const values = { run_id: runId, datasets: [{ tags, dataset: storedDataset(dataset) }] };
      try {
        await api.call("POST", "runs/log-inputs", values, nothing);
      } catch (error) {
        // Before MLflow 2.4 there were no inputs, and no page would show one.
        if (!isUnknownCall(error)) throw error;
      }
    },

    async setStatus(runId, status, endTime) {
      checkRunId(runId);
      const end = endTime === null ? {} : { end_time: Math.trunc(endTime) };
      await api.call("POST", "runs/update", { run_id: runId, status, ...end }, nothing);
    },
  };
}

/** Active runs of an experiment that carry the tag, newest first: the first one, or those in a status. */
async function searchRuns(api: Api, experimentId: string, { key, value }: Tag, status?: RunStatus): Promise<Run[]> {
  const { runs } = await api.call(
    "POST",
    "runs/search",
    {
      experiment_ids: [experimentId],
      filter: [
        `tags.\`${key}\` = ${quoted(value)}`,
        ...(status === undefined ? [] : [`attributes.status = '${status}'`]),
      ].join(" and "),
      run_view_type: "ACTIVE_ONLY",
      order_by: ["attributes.start_time DESC"],
      max_results: status === undefined ? 1 : MOST_RUNNING,
    },
    runsAnswer,
  );
  return runs.map(toRun);
}

async function create(
  api: Api,
  experimentId: string,
  { runName, startTime, tags }: NewRun,
  look: ((by: Api) => Promise<Run | undefined>) | undefined,
): Promise<Run> {
  // Not twice: it is looked up before the request is repeated.
  const recover =
    look &&
    (async (by: Api) => {
      const found = await look(by);
      return found && { found };
    });
  const answer = await api.call(
    "POST",
    "runs/create",
    {
      experiment_id: experimentId,
      run_name: runName,
      start_time: Math.trunc(startTime),
      tags: keyed({ ...tags, [mlflowTags.runName]: runName }),
    },
    runAnswer.transform(({ run }) => ({ found: toRun(run) })),
    recover,
  );
  return answer.found;
}

function toRun({ info, data }: RunForm): Run {
  return {
    runId: info.run_id,
    experimentId: info.experiment_id,
    runName: info.run_name,
    status: info.status,
    artifactUri: info.artifact_uri,
    params: values(data.params),
    metrics: Object.fromEntries(data.metrics.map(({ key, value }) => [key, value])),
    tags: values(data.tags),
  };
}

/** A text of MLflow's filters. */
export function quoted(text: string): string {
  if (!text.includes("'")) return `'${text}'`;
  if (!text.includes('"')) return `"${text}"`;
  throw new UsageError(
    `${JSON.stringify(text)} has both kinds of quotes, and MLflow can't look it up`,
    "choose another name",
  );
}

export function keyed(texts: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(texts).map(([key, value]) => ({ key, value }));
}

function values(entries: readonly { key: string; value: string }[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

function runIsGone(runId: string, api: Api): ServiceError {
  return new ServiceError(`MLflow run ${runId} is not at ${api.uri}`, "churn train --force makes a new one");
}
