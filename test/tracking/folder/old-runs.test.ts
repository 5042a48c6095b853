import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { tags } from "../../../src/lib/tracking/tags.ts";
import type { Tracking } from "../../../src/lib/tracking/tracking.ts";
import { modelName, newRun, registerVersion, test } from "../../support/tracking-folder.ts";

const [mine, night] = ["w", "2026-11-20"];

async function runOf(tracking: Tracking, key: string, workspace = mine): Promise<string> {
  const run = newRun(key);
  const own = { [tags.workspace]: workspace, [tags.night]: night };
  return (await tracking.createRun({ ...run, tags: { ...run.tags, ...own } })).runId;
}

const found = async (tracking: Tracking, isOld = (_: string) => true) =>
  ((await tracking.oldRuns?.find(mine, isOld)) ?? []).map(({ runId }) => runId);

test("a workspace's runs are found by their night, others' and unmarked ones are not", async ({ tracking }) => {
  expect(await found(tracking)).toEqual([]);
  const run = await runOf(tracking, "a");
  await runOf(tracking, "b", "another");
  await tracking.createRun(newRun("c"));
  expect(await found(tracking)).toEqual([run]);
  expect(await found(tracking, (name) => name !== night)).toEqual([]);
});

test("one that any version names stays, were it deleted or damaged", async ({ root, tracking }) => {
  const version = await registerVersion(tracking, "a");
  await tracking.logBatch(version.runId ?? "", { tags: { [tags.workspace]: mine, [tags.night]: night } });
  expect(await found(tracking)).toEqual([]);
  const meta = join(root, "models", modelName, "version-1", "meta.yaml");
  await writeFile(meta, `current_stage: Deleted_Internal\nrun_id: ${version.runId}\n`);
  expect(await found(tracking)).toEqual([]);
});

test("a run is removed whole, and those beside it stay", async ({ root, tracking }) => {
  const run = await runOf(tracking, "a");
  await tracking.logArtifacts(run, new Map([["features.json", Buffer.from("{}")]]));
  const other = await runOf(tracking, "b");
  const [old] = ((await tracking.oldRuns?.find(mine, () => true)) ?? []).filter(({ runId }) => runId === run);
  expect(old).toMatchObject({ runId: run, night, files: expect.any(Number), bytes: expect.any(Number) });
  if (old === undefined) return;
  await tracking.oldRuns?.remove(old);
  expect(existsSync(join(root, old.experimentId, run))).toBe(false);
  expect((await readdir(join(root, old.experimentId))).filter((name) => name.endsWith(".part"))).toEqual([]);
  expect(await found(tracking)).toEqual([other]);
  await expect(tracking.oldRuns?.remove(old)).resolves.toBeUndefined();
});
