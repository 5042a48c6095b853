import { modelFolder, withRunId } from "../../src/lib/tracking/model-folder.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { recipe, recipeJson, stump } from "./contest.ts";
import { modelName, newRun, registry } from "./tracking-folder.ts";

/** Registers a model of one tree, which customers can be scored with, and puts it into production. */
export async function promotedModel(tracking: Tracking, key: string, at: Date, modelJson = stump("years", 3)) {
  const files = modelFolder({
    modelJson,
    preprocessing: recipeJson(recipe()),
    features: ["years"],
    createdAt: at,
    modelUuid: "0123456789abcdef0123456789abcdef",
    metadata: { night: key },
  });
  const { runId } = await tracking.createRun(newRun(key));
  const { modelUri } = await tracking.logModel(runId, withRunId(files, runId));
  const tags = { "churn.threshold": "0.5" };
  const description = `Night of ${key}`;
  const { version } = await tracking.createModelVersion({
    name: modelName,
    runId,
    source: modelUri,
    description,
    tags,
  });
  await tracking.transitionStage(modelName, version, "Staging");
  await promote(tracking, await planPromotion(tracking, registry, version), { by: "maria", at });
  return version;
}
