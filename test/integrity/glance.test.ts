import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { damageInAWord } from "../../src/lib/integrity/glance.ts";
import type { Archive } from "../../src/lib/stage/archive.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { nightOf } from "../../src/lib/workspace/night.ts";
import { registeredNight, test } from "../support/registered-night.ts";
import { modelName } from "../support/tracking-folder.ts";

const NIGHT = "2026-11-23";
const last = `churn verify --date ${NIGHT} says how, and what can be done`;
const folder = `models/${NIGHT}/model`;

async function said(archive: Archive, tracking: Tracking): Promise<string | undefined> {
  return await damageInAWord({ archive, tracking: async () => tracking, model: modelName }, nightOf(NIGHT, 1));
}

/** With the records of the stages that the helper leaves out. */
async function decided(nights: Archive, tracking: Tracking) {
  const only = nights.stages.filter(({ name }) => ["train", "compare", "register"].includes(name));
  const archive = { ...nights, stages: only };
  return { archive, version: await registeredNight(archive, tracking, NIGHT) };
}

test("a word with three names at most, and where to read on", async ({ nights, tracking }) => {
  const { archive } = await decided(nights, tracking);
  expect(await said(archive, tracking)).toBeUndefined();
  await archive.store.write(`${folder}/model.json`, "x");
  expect(await said(archive, tracking)).toBe(`${folder}/model.json is damaged: ${last}`);
  for (const name of ["MLmodel", "conda.yaml"]) await archive.store.remove(`${folder}/${name}`);
  await archive.store.write(`models/${NIGHT}/comparison.json`, "{}");
  expect(await said(archive, tracking)).toBe(
    `${folder}/model.json, ${folder}/conda.yaml, ${folder}/MLmodel and 1 more are damaged: ${last}`,
  );
});

test("the version that the night registered belongs to it, named once", async ({ nights, tracking }) => {
  const { archive, version } = await decided(nights, tracking);
  for (const name of ["model.json", "conda.yaml"]) await writeFile(join(fileURLToPath(version.source), name), "");
  expect(await said(archive, tracking)).toBe(`version 1 of ${modelName} is damaged: ${last}`);
  await writeFile(join(archive.store.address, `mlruns/models/${modelName}/version-1/meta.yaml`), "");
  expect(await said(archive, tracking)).toBe(`the registry of ${modelName} is damaged: ${last}`);
  await rm(join(archive.store.address, "mlruns"), { recursive: true });
  expect(await said(archive, tracking)).toBe(`the registry of ${modelName} is damaged: ${last}`);
});

test("a server is asked for nothing: who has nothing to do needs no network", async ({ nights, tracking }) => {
  const { archive } = await decided(nights, tracking);
  const down = () => Promise.reject(new Error("nobody asks"));
  const server: Tracking = { ...tracking, isLocal: false, modelVersions: down, downloadModel: down };
  expect(await said(archive, server)).toBeUndefined();
  await archive.store.write(`${folder}/model.json`, "x");
  expect(await said(archive, server)).toBe(`${folder}/model.json is damaged: ${last}`);
});
