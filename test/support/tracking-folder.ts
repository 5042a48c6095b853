import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { modelFolder, withRunId } from "../../src/lib/tracking/model-folder.ts";
import { tags } from "../../src/lib/tracking/tags.ts";
import type { NewRun, Tracking } from "../../src/lib/tracking/tracking.ts";

/** A folder for tracking that isn't there yet, in a temporary one that is removed afterwards. */
export const test = base.extend<{ root: string; tracking: Tracking }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest wants the pattern
  root: async ({}, use) => {
    const parent = await mkdtemp(join(tmpdir(), "churn tracking-"));
    await use(join(parent, "mlruns"));
    await rm(parent, { recursive: true });
  },
  tracking: async ({ root }, use) => use(openFolder(root)),
});

export const experiment = "churn";
export const modelName = "churn-model";
/** register.model and register.via as they are by default. */
export const registry = { model: modelName, via: "both" } as const;

export function newRun(key = "w/2026-11-23/abc"): NewRun {
  return { experiment, runName: "2026-11-23", startTime: 1_795_500_000_000, tags: { [tags.runKey]: key } };
}

/** A model folder as train writes it; the booster itself is of no matter to tracking. */
export function smallModel(salt = "a"): Map<string, Uint8Array> {
  return modelFolder({
    modelJson: JSON.stringify({ version: [1, 7, 6], salt }),
    preprocessing: "{}\n",
    features: ["tenure_months", "payment_method_Credit card"],
    createdAt: new Date("2026-11-23T05:00:01.234Z"),
    modelUuid: "0123456789abcdef0123456789abcdef",
    metadata: { night: "2026-11-23" },
  });
}

/** A run with its model, registered as the next version, in stage None. */
export async function registerVersion(
  tracking: Tracking,
  key: string,
  versionTags: Record<string, string> = {},
  files: ReadonlyMap<string, Uint8Array> = smallModel(key),
) {
  const { runId } = await tracking.createRun(newRun(key));
  const { modelUri } = await tracking.logModel(runId, withRunId(files, runId));
  return await tracking.createModelVersion({
    name: modelName,
    runId,
    source: modelUri,
    description: `night ${key}`,
    tags: versionTags,
  });
}
