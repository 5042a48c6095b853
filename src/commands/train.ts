import { randomUUID } from "node:crypto";
import * as z from "zod";
import {
  cuts,
  featureList,
  model,
  preprocessing,
  snapshotSize,
  trainedBy,
  trainMatrix,
} from "../lib/artifacts/artifacts.ts";
import { recordPart, upgrade } from "../lib/artifacts/format.ts";
import { jsonText } from "../lib/artifacts/json-text.ts";
import { counted, metric } from "../lib/cli/numbers.ts";
import { databaseAhead } from "../lib/duckdb/open.ts";
import { algorithms } from "../lib/engine/engine.ts";
import { type Training, trainModel } from "../lib/engine/train-model.ts";
import { sha256 } from "../lib/files/fingerprint.ts";
import { preprocessingFormat } from "../lib/prepare/preprocessing.ts";
import { defineStage } from "../lib/stage/define.ts";
import { type TrainCheckpoint, trainCheckpoint } from "../lib/tracking/checkpoint.ts";
import { tags } from "../lib/tracking/tags.ts";
import type { DatasetColumn, DatasetInput, Metric } from "../lib/tracking/tracking.ts";
import { flockAhead } from "../lib/workspace/native.ts";
import { VERSIONS } from "../lib/workspace/versions.ts";

/** Longer than this, and libxgboost, which takes a tenth of the time, would save more than ten seconds. */
const WORTH_NATIVE_SECONDS = 11;

const version1 = {
  mlflow_run_id: z.string(),
  model_uri: z.string(),
  engine: z.string(),
  parameters: z.record(z.string(), z.string()).describe("as they were sent to the library"),
  rounds: z.int().positive(),
  log_loss: z.number().describe("on the train customers"),
  rows: z.int().positive(),
  n_features: z.int().positive(),
  seconds: z.number().describe("of training alone"),
};
const version2 = {
  ...version1,
  algorithm: algorithms,
  library: z
    .string()
    .nullable()
    .describe("the file of libxgboost, or its name for the system's loader; null where the engine is churn's own"),
  rounds: z.int().positive().describe("as churn.yaml says"),
  log_loss: z.number().describe("on the customers that were trained on"),
  rows: z.int().positive().describe("customers that were trained on"),
  seconds: z.number().describe("of the engine: reading customers and training"),
  early_stopping: z
    .strictObject({
      best_iteration: z.int().nonnegative().describe("the model's last round, 0 for the first, as XGBoost counts"),
      rounds_trained: z.int().positive(),
      validation_rows: z.int().positive().describe("train customers that judged the rounds"),
      validation_log_loss: z.number().describe("theirs at the best round"),
    })
    .nullable()
    .describe("null where all rounds were to be trained"),
  cut_rows: z.int().positive().nullable().describe("customers in cuts.parquet; null where the engine goes by none"),
};

/**
 * Trains the night's model and logs it to MLflow.
 *
 * The model folder is written before MLflow is asked for anything: an attempt whose run could not be made or filled is
 * continued from there, and the run is found again by its tag, so a retry trains nothing twice and makes no second run.
 */
export const train = defineStage({
  name: "train",
  summary: "an XGBoost model, logged to MLflow",
  needs: { trainMatrix, featureList, preprocessing, snapshotSize },
  produces: { model, cuts },
  previous: { trainedBy },
  reads: ["train", "tracking"],
  uses: ["tracking", "engine"],
  flags: z.strictObject({}),
  result: recordPart(version2, {
    1: upgrade(z.strictObject(version1), z.strictObject(version2), (old) => ({
      ...old,
      algorithm: "xgboost" as const,
      library: null,
      early_stopping: null,
      cut_rows: null,
    })),
  }),
  checkpoint: trainCheckpoint,

  versions: ({ services }) => services.engine().versions(),
  warmUp: ({ services }) => Promise.all([databaseAhead(), flockAhead(), services.engine().ahead()]),

  async outside({ services }, result) {
    const tracking = await services.tracking();
    const run = await tracking.getRun(result.mlflow_run_id);
    return run === undefined ? `MLflow's run ${result.mlflow_run_id} is gone` : undefined;
  },

  async run({
    inputs,
    outputs,
    config,
    night,
    date,
    services,
    workspaceId,
    digest,
    checkpoint,
    previous,
    progress,
    warn,
    notice,
  }) {
    const list = await inputs.featureList.read();
    const { id, features, label } = list;
    const tracking = await services.tracking();
    const { modelFolder } = await import("../lib/tracking/model-folder.ts");
    const { abandonTrainingRun, endLeftRuns, logTraining, openTrainingRun } = await import(
      "../lib/tracking/training-run.ts"
    );

    const { last } = checkpoint;
    const trainAnew = async () => {
      for (const sentence of await services.engine().passedOver()) warn(sentence);
      const training = await trainModel({ matrix: inputs.trainMatrix.path, id, features, label }, config.train, {
        engine: services.engine(),
        progress,
        cuts: outputs.cuts,
      });
      for (const warning of training.warnings) warn(warning);
      const before = previous?.trainedBy.read().engine;
      if (before !== undefined && before !== training.engine)
        warn(
          `trained with ${training.engine}, and the last decided night with ${before}: for that alone its trees may be others`,
        );
      if (config.train.engine === "auto" && training.name === "wasm" && training.seconds > WORTH_NATIVE_SECONDS)
        notice("libxgboost would train this in a tenth of the time: churn setup native installs it");
      const files = modelFolder({
        modelJson: training.json,
        preprocessing: jsonText(preprocessingFormat.write(await inputs.preprocessing.read())),
        features,
        createdAt: new Date(),
        modelUuid: randomUUID().replaceAll("-", ""),
        metadata: {
          night,
          algorithm: config.train.algorithm,
          engine: training.engine,
          churn: VERSIONS.churn,
        },
      });
      const trained = checkpointOf(training, files);
      await outputs.model.write(files);
      // Nobody is to take those of an earlier attempt, of hist say, for this model's.
      if (trained.cuts === null && last !== undefined && last.value.cuts !== null) await outputs.cuts.remove();
      await checkpoint.save(trained);
      return { files, trained };
    };
    /** What an earlier attempt has left, where it is still whole. */
    const adopt = async ({ files, cuts: drawn }: TrainCheckpoint) => {
      if (drawn !== null && !(await outputs.cuts.adopt(drawn.sha256))) return undefined;
      return await outputs.model.adopt(files);
    };
    const kept = last?.resumable && last.digest === digest ? await adopt(last.value) : undefined;
    const { files, trained } = last && kept ? { files: kept, trained: last.value } : await trainAnew();

    const work = { experiment: config.tracking.experiment, workspaceId, night, digest };
    // Other customers or parameters since then.
    if (last && last.digest !== digest) await abandonTrainingRun(tracking, { ...work, digest: last.digest });
    await endLeftRuns(tracking, work);
    const run = await openTrainingRun(tracking, work, files);
    const { runId } = run;
    await checkpoint.save({ ...trained, mlflow_run_id: runId });
    const { engine, library, parameters, rows, log_loss, seconds, early_stopping: judged, cuts: drawn } = trained;
    const { nthread, ...sent } = parameters;
    const params = {
      ...sent,
      n_features: String(features.length),
      n_train_samples: String(rows),
      algorithm: config.train.algorithm,
      rounds: String(config.train.rounds),
      engine,
      ...(drawn && { n_cut_samples: String(drawn.rows) }),
      ...(judged && {
        n_validation_samples: String(judged.validation_rows),
        early_stopping_rounds: String(config.train.early_stopping?.rounds),
        best_iteration: String(judged.best_iteration),
      }),
    };
    return {
      mlflow_run_id: runId,
      model_uri: await logTraining(tracking, run, {
        params,
        metrics: judged === null ? [] : curveOf(judged),
        tags: {
          [tags.date]: date,
          [tags.snapshotRows]: String(inputs.snapshotSize.read().rows),
          [tags.dataDigest]: inputs.trainMatrix.sha256,
          [tags.engine]: engine,
          ...(nthread !== undefined && { [tags.threads]: nthread }),
        },
        dataset: datasetOf(inputs.trainMatrix, list, rows),
        files,
        artifacts: new Map([["features.json", await inputs.featureList.content()]]),
      }),
      engine,
      algorithm: config.train.algorithm,
      library,
      parameters,
      rounds: config.train.rounds,
      rows,
      n_features: features.length,
      log_loss,
      seconds,
      early_stopping: judged && {
        best_iteration: judged.best_iteration,
        rounds_trained: judged.validation_log_loss.length,
        validation_rows: judged.validation_rows,
        validation_log_loss: bestLossOf(judged),
      },
      cut_rows: drawn?.rows ?? null,
    };
  },

  describe: ({ algorithm, rounds, engine, parameters, log_loss, early_stopping }) => {
    const [library] = engine.split(" (");
    const kept = (early_stopping?.best_iteration ?? rounds - 1) + 1;
    // A forest's are all grown in one round.
    const trees = algorithm === "xgboost" ? rounds * Number(parameters.num_parallel_tree ?? 1) : rounds;
    const size = kept === rounds ? counted(trees, "tree") : `${kept} of ${counted(rounds, "round")}`;
    const method = parameters.tree_method === undefined ? "" : ` (${parameters.tree_method})`;
    const validation = early_stopping === null ? "" : `, validation ${metric(early_stopping.validation_log_loss)}`;
    return `${size}${method}, ${library}, log loss ${metric(log_loss)}${validation}`;
  },
});

type Judged = NonNullable<TrainCheckpoint["early_stopping"]>;

/** The validation customers' log loss round by round, as MLflow draws it, and the best one; the same points in every attempt. */
function curveOf(judged: Judged): Metric[] {
  const { validation_log_loss, best_iteration, ended_at: timestamp } = judged;
  const best = { key: "best_validation_log_loss", value: bestLossOf(judged), timestamp, step: best_iteration };
  return [...validation_log_loss.map((value, step) => ({ key: "validation_log_loss", value, timestamp, step })), best];
}

function bestLossOf({ validation_log_loss, best_iteration }: Judged): number {
  const loss = validation_log_loss[best_iteration];
  if (loss === undefined) throw new RangeError(`no loss of round ${best_iteration}`);
  return loss;
}

/** The matrix as MLflow's pages show it. */
function datasetOf(
  { path, sha256: digest }: { readonly path: string; readonly sha256: string },
  { features, label }: { readonly features: readonly string[]; readonly label: string },
  rows: number,
): DatasetInput {
  const column = (type: DatasetColumn["type"], required: boolean) => (name: string) => ({ name, type, required });
  return {
    name: "train customers",
    digest,
    sourceType: "local",
    uri: path,
    columns: [...features.map(column("float", false)), column("integer", true)(label)],
    rows,
    context: "training",
  };
}

/** What a next attempt at the same work need not do again. */
function checkpointOf(training: Training, files: ReadonlyMap<string, Uint8Array>): TrainCheckpoint {
  const { engine, library = null, parameters, rows, validationRows, logLoss, seconds, judged, cuts: drawn } = training;
  return {
    files: Object.fromEntries([...files].map(([name, content]) => [name, sha256(content)])),
    engine,
    library,
    parameters: { ...parameters },
    rows,
    log_loss: logLoss,
    seconds,
    mlflow_run_id: null,
    early_stopping: judged
      ? {
          validation_rows: validationRows,
          validation_log_loss: [...judged.validationLoss],
          best_iteration: judged.bestRound,
          ended_at: Date.now(),
        }
      : null,
    cuts: drawn ?? null,
  };
}
