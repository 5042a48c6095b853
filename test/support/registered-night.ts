import { join } from "node:path";
import { jsonText } from "../../src/lib/artifacts/json-text.ts";
import { comparisonFormat } from "../../src/lib/compare/report.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { candidateTags } from "../../src/lib/tracking/candidate.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { modelDigest } from "../../src/lib/tracking/model-files.ts";
import { withRunId } from "../../src/lib/tracking/model-folder.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelVersion, Tracking } from "../../src/lib/tracking/tracking.ts";
import { pipeline } from "../../src/pipeline.ts";
import { successOf, WORKSPACE, writeSuccess } from "./records.ts";
import { file, test as small } from "./small-pipeline.ts";
import { modelName, registerVersion, smallModel } from "./tracking-folder.ts";

/** A ledger of churn's own stages, and an MLflow folder beside its store. */
export const test = small.extend<{ nights: Archive; tracking: Tracking }>({
  nights: async ({ archive }, use) => use({ ...archive, stages: pipeline }),
  tracking: async ({ archive }, use) => use(openFolder(join(archive.store.address, "mlruns"))),
});

/**
 * What the stages from train to register leave of a night that registers a version, and the version.
 *
 * @param same  a version of an earlier night, of whose model this one decides anew
 */
export async function registeredNight(
  archive: Archive,
  tracking: Tracking,
  night: string,
  same?: ModelVersion,
): Promise<ModelVersion> {
  const salt = same?.tag(tags.night) ?? night;
  const folder = `models/${salt}/model`;
  const model = smallModel(salt);
  const files = [];
  for (const [name, content] of model)
    files.push({ name, ...(await archive.store.write(`${folder}/${name}`, content)) });
  const metrics = { accuracy: 0.8, precision: 0.7, recall: 0.6, f1: 0.65, auc_roc: 0.83, log_loss: 0.4 };
  const judged = { model_digest: modelDigest(model), threshold: 0.5, metrics };
  const version = same ?? (await registerVersion(tracking, night));
  const origin = { workspaceId: WORKSPACE, night, judged, rows: 324 };
  const ownTags = candidateTags(origin, withRunId(model, version.runId ?? ""));
  await tracking.setModelVersionTags(modelName, version.version, ownTags);
  const comparison = comparisonFormat.write({
    should_deploy: true,
    outcome: "first_model",
    reason: "No version is in production",
    rows: 76,
    new: judged,
    production: null,
    improvement: null,
    min_improvement: null,
    rules: [],
    production_moved: null,
    last_promotion: null,
    older: null,
  });
  const results = {
    train: {
      mlflow_run_id: version.runId,
      model_uri: version.source,
      engine: "ml-xgboost 1.1.2",
      parameters: {},
      rounds: 10,
      log_loss: 0.4,
      rows: 324,
      n_features: 2,
      seconds: 1,
    },
    compare: {},
    register: {
      registered: true,
      name: modelName,
      version: version.version,
      stage: "Staging",
      reason: "No version is in production",
    },
  };
  const outputs = {
    train: { model: { kind: "folder" as const, key: folder, files } },
    compare: { comparison: await file(archive, `models/${night}/comparison.json`, jsonText(comparison)) },
    register: {},
  };
  for (const stage of ["train", "compare", "register"] as const)
    await writeSuccess(archive, successOf(night, stage, { outputs: outputs[stage], result: results[stage] }));
  return version;
}
