import * as z from "zod";
import {
  comparison,
  featureList,
  model,
  predictions,
  registration,
  testMatrix,
  trackingRun,
} from "../lib/artifacts/artifacts.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { parquetFile } from "../lib/duckdb/parquet.ts";
import { InputError, ServiceError } from "../lib/errors.ts";
import { matrixOf } from "../lib/matrix/matrix.ts";
import { parseBooster, predictProbability } from "../lib/model/booster.ts";
import { defineStage } from "../lib/stage/define.ts";
import { registerCandidate } from "../lib/tracking/candidate.ts";
import { MODEL_JSON } from "../lib/tracking/model-files.ts";
import { openTracking } from "../lib/tracking/open.ts";
import { productionVersion } from "../lib/tracking/production.ts";
import { tags } from "../lib/tracking/tags.ts";

/** Makes the better model a candidate: a new version in Staging, read back and scored before it counts. */
export const register = defineStage({
  name: "register",
  summary: "a new version in Staging, if the model is better",
  needs: { model, comparison, predictions, testMatrix, featureList, trackingRun },
  produces: { registration },
  reads: ["register", "tracking"],
  flags: z.strictObject({}),
  result: z.strictObject({
    registered: z.boolean(),
    name: z.string(),
    version: z.int().positive().nullable(),
    stage: z.string().nullable(),
    reason: z.string(),
  }),
  // An attempt that died after archiving leaves no other trace of what was a candidate before.
  checkpoint: z.strictObject({ archived: z.array(z.int().positive()) }),

  warmUp: databaseAhead,

  async run({ inputs, outputs, config, night, date, workspace, digest, checkpoint, log }) {
    const tracking = await openTracking(config.tracking, workspace.root);
    const name = config.register.model;
    const judged = await inputs.comparison.read();
    const versions = await tracking.modelVersions(name);
    const production = productionVersion(versions)?.version ?? null;
    const compared = judged.production?.version ?? null;
    if (production !== compared) {
      throw new InputError(
        `Production of ${name} is ${production === null ? "empty" : `version ${production}`} now, but compare judged ${compared === null ? "none" : `version ${compared}`}`,
        `churn compare --date ${date}`,
      );
    }

    const run = inputs.trackingRun.read();
    const finish = async (result: {
      registered: boolean;
      version: number | null;
      stage: string | null;
      reason: string;
      archived: number[];
    }) => {
      await tracking.setStatus(run.mlflow_run_id, "FINISHED", Date.now());
      const { archived, ...rest } = result;
      await outputs.registration.write({ schema_version: 1, name, outcome: judged.outcome, archived, ...rest });
      return { name, ...rest };
    };
    if (!judged.should_deploy)
      return finish({ registered: false, version: null, stage: null, reason: judged.reason, archived: [] });

    const twin = versions.find(
      (one) => one.tags[tags.modelDigest] === judged.new.model_digest && one.runId !== run.mlflow_run_id,
    );
    if (twin !== undefined) {
      const reason = `Version ${twin.version} (${twin.stage}) holds this very model already`;
      return finish({ registered: false, version: twin.version, stage: twin.stage, reason, archived: [] });
    }

    const { metrics } = judged.new;
    let archived = checkpoint.last?.digest === digest ? checkpoint.last.value.archived : [];
    const { version } = await registerCandidate(tracking, {
      name,
      runId: run.mlflow_run_id,
      source: run.model_uri,
      description: `Night of ${night}. ${judged.reason}`,
      tags: {
        [tags.workspace]: workspace.id,
        [tags.night]: night,
        [tags.modelDigest]: judged.new.model_digest,
        [tags.threshold]: String(judged.new.threshold),
        [tags.f1]: String(metrics.f1),
        ...(typeof metrics.auc_roc === "number" ? { [tags.aucRoc]: String(metrics.auc_roc) } : {}),
        [tags.rows]: String(run.rows),
      },
      archiving: async (older) => {
        archived = [...new Set([...older, ...archived])];
        await checkpoint.save({ archived });
      },
      check: async (candidate) => {
        const files = await tracking.downloadModel(candidate);
        await scoresAlike(files, candidate.version);
        log("version read back", { version: candidate.version });
      },
    });
    return finish({ registered: true, version, stage: "Staging", reason: judged.reason, archived });

    /** A version counts when what the registry gives back scores every test customer as the night's own model did. */
    async function scoresAlike(files: ReadonlyMap<string, Uint8Array>, candidate: number): Promise<void> {
      const { features } = await inputs.featureList.read();
      const modelJson = files.get(MODEL_JSON);
      if (modelJson === undefined) {
        throw new InputError(
          `version ${candidate} of ${name} has no ${MODEL_JSON} at ${run.model_uri}`,
          `churn run-all --date ${date} --from train logs it again`,
        );
      }
      const booster = parseBooster(Buffer.from(modelJson).toString("utf8"), `version ${candidate} of ${name}`);
      await using db = await openDatabase();
      const probability = predictProbability(
        booster,
        await matrixOf(db, parquetFile(inputs.testMatrix.path), features),
      );
      const { columns } = await db.columns(`SELECT probability FROM ${parquetFile(inputs.predictions.path)}`);
      const before = columns[0] ?? new Float32Array();
      const differs = probability.findIndex((value, row) => value !== before[row]);
      if (differs === -1 && before.length === probability.length) return;
      throw new ServiceError(
        `version ${candidate} of ${name} was registered, but read back it scores test customers differently`,
        "is the artifact store sound? Compare its model.json with the night's",
      );
    }
  },

  describe: ({ registered, name, version, stage, reason }) =>
    registered ? `${name} version ${version} in ${stage}` : `not registered: ${reason}`,
});
