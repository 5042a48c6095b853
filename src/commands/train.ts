import { randomUUID } from "node:crypto";
import * as z from "zod";
import { featureList, model, preprocessing, snapshotSize, trainMatrix } from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { jsonText } from "../lib/artifacts/json-text.ts";
import { counted, metric } from "../lib/cli/numbers.ts";
import { databaseAhead } from "../lib/duckdb/open.ts";
import { engineAhead, engineVersions } from "../lib/engine/open.ts";
import { type Training, trainModel } from "../lib/engine/train-model.ts";
import { sha256 } from "../lib/files/fingerprint.ts";
import { preprocessingFormat } from "../lib/prepare/preprocessing.ts";
import { defineStage } from "../lib/stage/define.ts";
import { type TrainCheckpoint, trainCheckpoint } from "../lib/tracking/checkpoint.ts";
import { tags } from "../lib/tracking/tags.ts";
import type { DatasetColumn, DatasetInput } from "../lib/tracking/tracking.ts";
import { flockAhead } from "../lib/workspace/native.ts";
import { VERSIONS } from "../lib/workspace/versions.ts";

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
  produces: { model },
  reads: ["train", "tracking"],
  uses: ["tracking"],
  flags: z.strictObject({}),
  result: recordPart({
    mlflow_run_id: z.string(),
    model_uri: z.string(),
    engine: z.string(),
    parameters: z.record(z.string(), z.string()).describe("as they were sent to the library"),
    rounds: z.int().positive(),
    log_loss: z.number().describe("on the train customers"),
    rows: z.int().positive(),
    n_features: z.int().positive(),
    seconds: z.number().describe("of training alone"),
  }),
  checkpoint: trainCheckpoint,

  versions: ({ config }) => engineVersions(config.train),
  warmUp: ({ config }) => Promise.all([databaseAhead(), flockAhead(), engineAhead(config.train)]),

  async outside({ services }, result) {
    const tracking = await services.tracking();
    const run = await tracking.getRun(result.mlflow_run_id);
    return run === undefined ? `MLflow's run ${result.mlflow_run_id} is gone` : undefined;
  },

  async run({ inputs, outputs, config, night, date, services, workspaceId, digest, checkpoint, progress }) {
    const list = await inputs.featureList.read();
    const { features, label } = list;
    const tracking = await services.tracking();
    const { modelFolder } = await import("../lib/tracking/model-folder.ts");
    const { abandonTrainingRun, endLeftRuns, logTraining, openTrainingRun } = await import(
      "../lib/tracking/training-run.ts"
    );

    const trainAnew = async () => {
      const training = await trainModel({ matrix: inputs.trainMatrix.path, features, label }, config.train, progress);
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
      await checkpoint.save(trained);
      return { files, trained };
    };
    const { last } = checkpoint;
    const kept = last?.resumable && last.digest === digest ? await outputs.model.adopt(last.value.files) : undefined;
    const { files, trained } = last && kept ? { files: kept, trained: last.value } : await trainAnew();

    const work = { experiment: config.tracking.experiment, workspaceId, night, digest };
    // Other customers or parameters since then.
    if (last && last.digest !== digest) await abandonTrainingRun(tracking, { ...work, digest: last.digest });
    await endLeftRuns(tracking, work);
    const run = await openTrainingRun(tracking, work, files);
    const { runId } = run;
    await checkpoint.save({ ...trained, mlflow_run_id: runId });
    const params = {
      ...trained.parameters,
      n_features: String(features.length),
      n_train_samples: String(trained.rows),
      algorithm: config.train.algorithm,
      rounds: String(config.train.rounds),
      engine: trained.engine,
    };
    const { engine, parameters, rows, log_loss, seconds } = trained;
    return {
      mlflow_run_id: runId,
      model_uri: await logTraining(tracking, run, {
        params,
        tags: {
          [tags.date]: date,
          [tags.snapshotRows]: String(inputs.snapshotSize.read().rows),
          [tags.dataDigest]: inputs.trainMatrix.sha256,
          [tags.engine]: engine,
        },
        dataset: datasetOf(inputs.trainMatrix, list, rows),
        files,
        artifacts: new Map([["features.json", await inputs.featureList.content()]]),
      }),
      engine,
      parameters,
      rounds: config.train.rounds,
      rows,
      n_features: features.length,
      log_loss,
      seconds,
    };
  },

  describe: ({ rounds, engine, parameters, log_loss }) => {
    const [library] = engine.split(" (");
    const method = parameters.tree_method === undefined ? "" : ` (${parameters.tree_method})`;
    return `${counted(rounds, "tree")}${method}, ${library}, log loss ${metric(log_loss)}`;
  },
});

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
  const { engine, parameters, rows, logLoss, seconds } = training;
  return {
    files: Object.fromEntries([...files].map(([name, content]) => [name, sha256(content)])),
    engine,
    parameters: { ...parameters },
    rows,
    log_loss: logLoss,
    seconds,
    mlflow_run_id: null,
  };
}
