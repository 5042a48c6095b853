import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import * as z from "zod";
import { featureList, model, preprocessing, trainMatrix } from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { jsonText } from "../lib/artifacts/json-text.ts";
import { metric, whole } from "../lib/cli/numbers.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { parquetFile } from "../lib/duckdb/parquet.ts";
import { engineAhead, engineVersions, openEngine } from "../lib/engine/open.ts";
import { sha256 } from "../lib/files/fingerprint.ts";
import { labelOf, matrixOf } from "../lib/matrix/matrix.ts";
import { parseBooster, predictProbability } from "../lib/model/booster.ts";
import { logLoss } from "../lib/model/metrics/log-loss.ts";
import { preprocessingFormat } from "../lib/prepare/preprocessing.ts";
import { defineStage } from "../lib/stage/define.ts";
import { type TrainCheckpoint, trainCheckpoint } from "../lib/tracking/checkpoint.ts";
import { MODEL_JSON, modelDigest } from "../lib/tracking/model-files.ts";
import { mlflowTags, tags } from "../lib/tracking/tags.ts";
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
  needs: { trainMatrix, featureList, preprocessing },
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
  warmUp: ({ config }) => Promise.all([databaseAhead(), engineAhead(config.train)]),

  async outside({ services }, result) {
    const tracking = await services.tracking();
    const run = await tracking.getRun(result.mlflow_run_id);
    return run === undefined ? `MLflow's run ${result.mlflow_run_id} is gone` : undefined;
  },

  async run({ inputs, outputs, config, night, services, workspaceId, digest, checkpoint, progress }) {
    const { features, label } = await inputs.featureList.read();
    const tracking = await services.tracking();
    const { modelFolder, withRunId } = await import("../lib/tracking/model-folder.ts");
    const { last } = checkpoint;
    const kept = last?.resumable && last.digest === digest ? await outputs.model.adopt(last.value.files) : undefined;
    let files: ReadonlyMap<string, Uint8Array>;
    let trained: TrainCheckpoint;
    if (last !== undefined && kept !== undefined) {
      files = kept;
      trained = last.value;
    } else {
      progress(`${config.train.rounds} rounds`);
      await using db = await openDatabase();
      const relation = parquetFile(inputs.trainMatrix.path);
      const matrix = await matrixOf(db, relation, features);
      const yTrue = await labelOf(db, relation, label);
      await using engine = await openEngine(config.train);
      const startedAt = performance.now();
      const { json, parameters } = await engine.train({
        matrix,
        label: yTrue,
        algorithm: config.train.algorithm,
        rounds: config.train.rounds,
        params: config.train.params,
        threads: config.train.params.nthread ?? availableParallelism(),
        onRound: (round, of) => progress(`round ${round} of ${of}`, round / of),
      });
      const seconds = (performance.now() - startedAt) / 1000;
      files = modelFolder({
        modelJson: json,
        preprocessing: jsonText(preprocessingFormat.write(await inputs.preprocessing.read())),
        features,
        createdAt: new Date(),
        modelUuid: randomUUID().replaceAll("-", ""),
        metadata: { night, engine: engine.version, churn: VERSIONS.churn },
      });
      const probability = predictProbability(parseBooster(json, MODEL_JSON), matrix);
      trained = {
        files: Object.fromEntries([...files].map(([name, content]) => [name, sha256(content)])),
        engine: engine.version,
        parameters,
        rows: matrix.rowCount,
        log_loss: logLoss(yTrue, probability),
        seconds,
        mlflow_run_id: null,
      };
      await outputs.model.write(files);
      await checkpoint.save(trained);
    }
    // A run is found by its work: an attempt may have died between making it and saying so.
    const runKey = (work: string) => `${workspaceId} ${night} ${work}`;
    if (last !== undefined && last.digest !== digest) {
      const begun = { key: tags.runKey, value: runKey(last.digest) };
      const abandoned = await tracking.findRun(config.tracking.experiment, begun);
      // Other customers or parameters since then: nobody will finish what that attempt began.
      if (abandoned !== undefined) await tracking.setStatus(abandoned.runId, "FAILED", Date.now());
    }

    const run = await tracking.createRun({
      experiment: config.tracking.experiment,
      runName: `churn ${night}`,
      startTime: Date.now(),
      tags: {
        [tags.runKey]: runKey(digest),
        [tags.workspace]: workspaceId,
        [tags.night]: night,
        [tags.modelDigest]: modelDigest(files),
        [mlflowTags.sourceName]: "churn",
        [mlflowTags.sourceType]: "LOCAL",
      },
    });
    await checkpoint.save({ ...trained, mlflow_run_id: run.runId });
    await tracking.setStatus(run.runId, "RUNNING", null);
    await tracking.logBatch(run.runId, {
      params: {
        ...trained.parameters,
        n_features: String(features.length),
        n_train_samples: String(trained.rows),
        rounds: String(config.train.rounds),
        engine: trained.engine,
      },
    });
    const { modelUri } = await tracking.logModel(run.runId, withRunId(files, run.runId));
    return {
      mlflow_run_id: run.runId,
      model_uri: modelUri,
      engine: trained.engine,
      parameters: trained.parameters,
      rounds: config.train.rounds,
      rows: trained.rows,
      n_features: features.length,
      log_loss: trained.log_loss,
      seconds: trained.seconds,
    };
  },

  describe: ({ rounds, engine, log_loss }) => {
    const [library] = engine.split(" (");
    return `${whole(rounds)} trees, ${library}, log loss ${metric(log_loss)}`;
  },
});
