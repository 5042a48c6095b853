import { access, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { openFolder } from "../../../src/lib/tracking/folder/folder.ts";
import { modelName, registerVersion, test } from "../../support/tracking-folder.ts";

test("versions are numbered from 1, newest first, in no stage", async ({ root, tracking }) => {
  await registerVersion(tracking, "first");
  const second = await registerVersion(tracking, "second", { "churn.f1": "0.571" });
  expect((await tracking.modelVersions(modelName)).map(({ version, stage }) => [version, stage])).toEqual([
    [2, "None"],
    [1, "None"],
  ]);
  expect(second).toMatchObject({ name: modelName, version: 2, tags: { "churn.f1": "0.571" }, aliases: [] });
  const meta = await readFile(join(root, "models", modelName, "version-2/meta.yaml"), "utf8");
  expect(parse(meta)).toMatchObject({
    name: modelName,
    version: 2,
    current_stage: "None",
    description: "night second",
    source: second.source,
    storage_location: second.source,
    run_id: second.runId,
    status: "READY",
  });
});

test("the same version made again is the version that is there", async ({ tracking }) => {
  const first = await registerVersion(tracking, "a");
  expect(await registerVersion(tracking, "a")).toEqual(first);
  expect(await tracking.modelVersions(modelName)).toHaveLength(1);
});

test("stage, tags and aliases of a version change and stay", async ({ root, tracking }) => {
  await registerVersion(tracking, "a");
  await registerVersion(tracking, "b");
  await tracking.transitionStage(modelName, 1, "Production");
  await tracking.setAlias(modelName, "champion", 2);
  await tracking.setAlias(modelName, "champion", 1);
  await tracking.setModelVersionTags(modelName, 1, { "churn.night": "2026-11-23", text: "no\nnewline at the end\n" });
  const [second, first] = await openFolder(root).modelVersions(modelName);
  expect(first).toMatchObject({
    stage: "Production",
    aliases: ["champion"],
    tags: { "churn.night": "2026-11-23", text: "no\nnewline at the end\n" },
  });
  expect(second).toMatchObject({ stage: "None", aliases: [] });
  // MLflow takes a newline for part of the version's number
  expect(await readFile(join(root, "models", modelName, "aliases/champion"), "utf8")).toBe("1");
  await tracking.deleteAlias(modelName, "champion");
  await tracking.deleteAlias(modelName, "champion");
  expect((await tracking.modelVersions(modelName))[1]?.aliases).toEqual([]);
});

test("a version that was deleted in MLflow is gone, and its number isn't used again", async ({ root, tracking }) => {
  await registerVersion(tracking, "a");
  const meta = join(root, "models", modelName, "version-1/meta.yaml");
  await writeFile(
    meta,
    (await readFile(meta, "utf8")).replace('current_stage: "None"', "current_stage: Deleted_Internal"),
  );
  expect(await tracking.modelVersions(modelName)).toEqual([]);
  expect((await registerVersion(tracking, "b")).version).toBe(2);
});

test("a version without a stage is damaged, and not in none: it may be the one in Production", async ({
  root,
  tracking,
}) => {
  await registerVersion(tracking, "a");
  const meta = join(root, "models", modelName, "version-1/meta.yaml");
  await writeFile(meta, (await readFile(meta, "utf8")).replace("current_stage", "current_stagd"));
  await expect(tracking.modelVersions(modelName)).rejects.toMatchObject({
    exitCode: 5,
    message: `${meta} is damaged: current_stage: missing, or no stage`,
  });
});

test("fields that Python wrote stay as they are when the stage changes", async ({ root, tracking }) => {
  const { runId } = await registerVersion(tracking, "a");
  const python = [
    "aliases: []",
    "creation_timestamp: 1795500000000",
    "current_stage: None",
    "description: 'it''s a long text that PyYAML would wrap at eighty columns, and which a careless writer folds anew",
    "  here'",
    "last_updated_timestamp: 1795500000000",
    "model_id: null",
    "name: churn-model",
    `run_id: ${runId}`,
    "run_link: ''",
    `source: runs:/${runId}/model`,
    "status: READY",
    "user_id: null",
    "version: 1",
    "",
  ];
  const path = join(root, "models", modelName, "version-1/meta.yaml");
  await writeFile(path, python.join("\n"));
  await tracking.transitionStage(modelName, 1, "Staging");
  const { current_stage, last_updated_timestamp, ...others } = parse(await readFile(path, "utf8"));
  expect(current_stage).toBe("Staging");
  expect(last_updated_timestamp).toBeGreaterThan(1_795_000_000_000);
  const { current_stage: _stage, last_updated_timestamp: _time, ...before } = parse(python.join("\n"));
  expect(others).toEqual(before);
});

test("a model is read from its run wherever the tree lies, without what MLflow dropped beside it", async ({
  root,
  tracking,
}) => {
  const version = await registerVersion(tracking, "a");
  const moved = join(dirname(root), "elsewhere");
  await rename(root, moved);
  const model = join(moved, (await openFolder(moved).getRun(version.runId ?? ""))?.experimentId ?? "");
  await writeFile(join(model, version.runId ?? "", "artifacts/model/registered_model_meta"), "x");
  const files = await openFolder(moved).downloadModel(version);
  expect([...files.keys()]).toEqual([
    "MLmodel",
    "conda.yaml",
    "input_example.json",
    "model.json",
    "preprocessing.json",
    "python_env.yaml",
    "requirements.txt",
    "serving_input_example.json",
  ]);
});

test("a version whose files are gone says so", async ({ root, tracking }) => {
  const version = await registerVersion(tracking, "a");
  const run = await tracking.getRun(version.runId ?? "");
  await rm(join(root, run?.experimentId ?? "", run?.runId ?? "", "artifacts/model"), { recursive: true });
  await expect(tracking.downloadModel(version)).rejects.toMatchObject({
    exitCode: 5,
    message: expect.stringMatching(/^the files of churn-model version 1 are not in /),
  });
});

test("nothing is registered that isn't there", async ({ root, tracking }) => {
  const { runId, source } = await registerVersion(tracking, "a");
  const version = { name: "other", runId: runId ?? "", description: "", tags: {} };
  await expect(tracking.createModelVersion({ ...version, source: `${source}l` })).rejects.toMatchObject({
    exitCode: 4,
  });
  await expect(tracking.createModelVersion({ ...version, runId: "f".repeat(32), source })).rejects.toMatchObject({
    exitCode: 4,
    message: `MLflow run ${"f".repeat(32)} is not in ${root}`,
  });
  await expect(access(join(root, "models/other"))).rejects.toThrow("ENOENT");
  await expect(tracking.transitionStage(modelName, 7, "Staging")).rejects.toMatchObject({ exitCode: 4 });
});

test("names that one of MLflow's registries refuses are refused", async ({ tracking }) => {
  for (const name of ["", "..", "a/b", "a:b", "50%"]) {
    await expect(tracking.modelVersions(name)).rejects.toMatchObject({ exitCode: 2 });
  }
  await registerVersion(tracking, "a");
  for (const alias of ["latest", "Latest", "v1", "a/b", ""]) {
    await expect(tracking.setAlias(modelName, alias, 1)).rejects.toMatchObject({ exitCode: 2 });
  }
});
