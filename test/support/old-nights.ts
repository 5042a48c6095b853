import { jsonText } from "../../src/lib/artifacts/json-text.ts";
import { limitsOf } from "../../src/lib/retention/limits.ts";
import { type PlanRequest, planRemoval } from "../../src/lib/retention/plan.ts";
import { removeOld } from "../../src/lib/retention/remove.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import { registrationFormat } from "../../src/lib/tracking/registration.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { ModelVersion, Tracking } from "../../src/lib/tracking/tracking.ts";
import { successOf, WORKSPACE, writeSuccess } from "./records.ts";
import { registeredNight } from "./registered-night.ts";
import { config, file } from "./small-pipeline.ts";
import { modelName, registry } from "./tracking-folder.ts";

/** A decided night with customers, a model and a version, whose run says whose it is. */
export async function wholeNight(
  archive: Archive,
  tracking: Tracking,
  night: string,
  same?: ModelVersion,
): Promise<ModelVersion> {
  const version = await registeredNight(archive, tracking, night, same);
  const runTags = { [tags.workspace]: WORKSPACE, [tags.night]: night };
  if (same === undefined) await tracking.logBatch(version.runId ?? "", { tags: runTags });
  await writeSuccess(
    archive,
    successOf(night, "extract", { outputs: { customers: await customersOf(archive, night) } }),
  );
  const registration = registrationFormat.write({
    registered: true,
    name: modelName,
    version: version.version,
    stage: "Staging",
    outcome: "first_model",
    reason: "No production model",
    archived: [],
  });
  const outputs = { registration: await file(archive, `models/${night}/registration.json`, jsonText(registration)) };
  const result = { registered: true, name: modelName, version: version.version, stage: "Staging", reason: "" };
  await writeSuccess(archive, successOf(night, "register", { outputs, result }));
  return version;
}

export function customersOf(archive: Archive, night: string) {
  return file(archive, `raw/${night}/customers.parquet`, `customers of ${night}`);
}

/** Asks what is removed on 2026-12-24 where everything is kept for thirty days, by default. */
export function removalOn(archive: Archive, tracking: Tracking, keep: string | undefined = "30d"): PlanRequest {
  const now = new Date("2026-12-24T05:00:00Z");
  const limits = limitsOf(keep, { ...config, retention: { raw: "30d" } }, now);
  return { archive, tracking: async () => tracking, registry, limits, today: "2026-12-24" };
}

export async function remove(request: PlanRequest): Promise<void> {
  await removeOld({ ...request, onStart: () => {} }, await planRemoval(request));
}
