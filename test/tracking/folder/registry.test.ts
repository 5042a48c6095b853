import { access, cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import { openFolder } from "../../../src/lib/tracking/folder/folder.ts";
import { withRunId } from "../../../src/lib/tracking/model-folder.ts";
import type { ModelVersion, Tracking } from "../../../src/lib/tracking/tracking.ts";
import { modelName, newRun, registerVersion, smallModel, test } from "../../support/tracking-folder.ts";

test("versions are numbered from 1, newest first, in no stage", async ({ root, tracking }) => {
  await registerVersion(tracking, "first");
  const second = await registerVersion(tracking, "second", { "churn.f1": "0.571" });
  expect((await tracking.modelVersions(modelName)).map(({ version, stage }) => [version, stage])).toEqual([
    [2, "None"],
    [1, "None"],
  ]);
  expect(second).toMatchObject({ name: modelName, version: 2, aliases: [] });
  expect([second.tag("churn.f1"), second.tag("churn.night")]).toEqual(["0.571", undefined]);
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
  expect(await registerVersion(tracking, "a")).toMatchObject({ version: 1, runId: first.runId, source: first.source });
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
  });
  expect([first?.tag("churn.night"), first?.tag("text")]).toEqual(["2026-11-23", "no\nnewline at the end\n"]);
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

test("a stage is the field's, whoever wrote it and whatever the description says", async ({ root, tracking }) => {
  const { runId } = await registerVersion(tracking, "a");
  const path = join(root, "models", modelName, "version-1/meta.yaml");
  const lines = (stage: string) => [
    "creation_timestamp: 1795500000000",
    ...(stage === "" ? [] : [`current_stage: ${stage}`]),
    "description: 'moved by hand, from",
    "",
    "  current_stage: Production'",
    "name: churn-model",
    `run_id: ${runId}`,
    "version: 1",
    "",
  ];
  const written = [
    ["Archived", "Archived"],
    ['"Staging"', "Staging"],
    ["'Production'", "Production"],
    ["None", "None"],
  ];
  for (const [text = "", stage] of written) {
    await writeFile(path, lines(text).join("\n"));
    const [version] = await tracking.modelVersions(modelName);
    expect(version).toMatchObject({ stage, runId, creationTime: 1_795_500_000_000 });
  }
  for (const text of ["", "Retired", "Archived\ncurrent_stage: None"]) {
    await writeFile(path, lines(text).join("\n"));
    await expect(tracking.modelVersions(modelName)).rejects.toMatchObject({ exitCode: 5 });
  }
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

test("after a move versions are registered, registered again and promoted where they lie now", async ({
  root,
  tracking,
}) => {
  const before = await registerVersion(tracking, "a");
  const { runId } = await tracking.createRun(newRun("b"));
  const { modelUri } = await tracking.logModel(runId, withRunId(smallModel("b"), runId));
  const moved = join(dirname(root), "else where");
  await rename(root, moved);
  const elsewhere = openFolder(moved);
  const meta = async (version: number) =>
    parse(await readFile(join(moved, "models", modelName, `version-${version}/meta.yaml`), "utf8"));
  const addressIn = async (version: number) => {
    const { source, storage_location } = await meta(version);
    expect(storage_location).toBe(source);
    await access(join(fileURLToPath(source), "MLmodel"));
    return source;
  };

  const late = { name: modelName, runId, source: modelUri, description: "", tags: {} };
  expect(await elsewhere.createModelVersion(late)).toMatchObject({ version: 2 });
  const here = `${pathToFileURL(moved).href}/`;
  expect(await addressIn(2)).toContain(here);

  await elsewhere.transitionStage(modelName, 1, "Production");
  expect(await addressIn(1)).toContain(here);
  expect(await meta(1)).toMatchObject({ current_stage: "Production", run_id: before.runId });

  await elsewhere.renewAddress(modelName, 1);
  expect(await addressIn(1)).toContain(here);

  // An attempt from before the move had made the version already.
  await rename(moved, root);
  expect(await tracking.createModelVersion(late)).toMatchObject({ version: 2, source: modelUri });
  expect((await tracking.modelVersions(modelName)).map(({ version, source }) => [version, source])).toEqual([
    [2, modelUri],
    [1, expect.stringContaining("else%20where")],
  ]);
  await tracking.renewAddress(modelName, 1);
  expect((await tracking.modelVersions(modelName)).map(({ source }) => source)).toEqual([modelUri, before.source]);
});

test("an address that isn't of this tree, or leads to a model, stays when the stage changes", async ({
  root,
  tracking,
}) => {
  const { source } = await registerVersion(tracking, "a");
  const path = join(root, "models", modelName, "version-1/meta.yaml");
  const text = await readFile(path, "utf8");
  for (const [address, stage] of [
    ["s3://bucket/1/0123456789abcdef0123456789abcdef/artifacts/model", "Staging"],
    ["file:///nowhere/model", "Archived"],
    [source, "Staging"],
  ] as const) {
    await writeFile(path, text.replaceAll(source, address));
    await tracking.transitionStage(modelName, 1, stage);
    expect(parse(await readFile(path, "utf8"))).toMatchObject({
      source: address,
      storage_location: address,
      current_stage: stage,
    });
  }
});

describe("a model is read although its run was", () => {
  const whole = (files: ReadonlyMap<string, Uint8Array>) => expect([...files.keys()]).toContain("model.json");

  test("deleted in MLflow, which marks it", async ({ root, tracking }) => {
    const version = await registerVersion(tracking, "a");
    await changeMetaOf(root, tracking, version, (text) => text.replace('"active"', "deleted"));
    expect(await tracking.getRun(version.runId ?? "")).toBeUndefined();
    whole(await tracking.downloadModel(version));
  });

  test("damaged", async ({ root, tracking }) => {
    const version = await registerVersion(tracking, "a");
    await changeMetaOf(root, tracking, version, () => "");
    whole(await tracking.downloadModel(version));
  });

  test("deleted with its experiment, which MLflow moves away", async ({ root, tracking }) => {
    const version = await registerVersion(tracking, "a");
    const { experimentId } = (await tracking.getRun(version.runId ?? "")) ?? expect.fail("the run is there");
    await mkdir(join(root, ".trash"));
    await rename(join(root, experimentId), join(root, ".trash", experimentId));
    whole(await tracking.downloadModel(version));
  });

  test("begun to be copied to another experiment", async ({ root, tracking }) => {
    const version = await registerVersion(tracking, "a");
    await mkdir(join(root, "111", version.runId ?? "", "artifacts"), { recursive: true });
    whole(await tracking.downloadModel(version));
    await rm(join(root, "111"), { recursive: true });
    await mkdir(join(root, "111"));
    await writeFile(join(root, "111", version.runId ?? ""), "");
    whole(await tracking.downloadModel(version));
  });
});

test("a copy of a version's folder is no version", async ({ root, tracking }) => {
  await registerVersion(tracking, "a");
  const model = join(root, "models", modelName);
  for (const copy of ["version-01", "version-1 copy", "version-1.bak", "version-0"])
    await cp(join(model, "version-1"), join(model, copy), { recursive: true });
  expect((await tracking.modelVersions(modelName)).map(({ version }) => version)).toEqual([1]);
});

async function changeMetaOf(
  root: string,
  tracking: Tracking,
  { runId }: ModelVersion,
  change: (text: string) => string,
): Promise<void> {
  const run = (await tracking.getRun(runId ?? "")) ?? expect.fail("the run is there");
  const path = join(root, run.experimentId, run.runId, "meta.yaml");
  await writeFile(path, change(await readFile(path, "utf8")));
}

describe("of a version whose entry is damaged", () => {
  const damage = (root: string, version: number, text = "") =>
    writeFile(join(root, "models", modelName, `version-${version}/meta.yaml`), text);

  test("the others are told as long as one of them is in Production, and it can be heard of", async ({
    root,
    tracking,
  }) => {
    for (const key of ["a", "b", "c"]) await registerVersion(tracking, key);
    await tracking.transitionStage(modelName, 2, "Production");
    await damage(root, 1);
    await rm(join(root, "models", modelName, "version-3/meta.yaml"));
    const heard: string[] = [];
    const versions = await tracking.modelVersions(modelName, ({ message }) => heard.push(message));
    expect(versions.map(({ version }) => version)).toEqual([2]);
    expect(heard).toEqual([
      expect.stringMatching(/version-3\/meta\.yaml is missing$/),
      expect.stringMatching(/version-1\/meta\.yaml is damaged: it is empty$/),
    ]);
    expect((await registerVersion(tracking, "d")).version).toBe(4);
  });

  test("it is left out at once, though its stage can still be read, and not told of when more is asked", async ({
    root,
    tracking,
  }) => {
    for (const key of ["a", "b"]) await registerVersion(tracking, key);
    await tracking.transitionStage(modelName, 2, "Production");
    const lines = ["creation_timestamp: 1795500000000", "current_stage: Archived", "name: churn-model", "version: 1"];
    await damage(root, 1, [...lines, "source: 'file:///srv", ""].join("\n"));
    const versions = await tracking.modelVersions(modelName);
    expect(versions.map(({ version, runId }) => [version, typeof runId])).toEqual([[2, "string"]]);
  });

  test("nothing is told when it may be the one in Production", async ({ root, tracking }) => {
    for (const key of ["a", "b"]) await registerVersion(tracking, key);
    await damage(root, 1, "name: churn-model\n");
    await expect(tracking.modelVersions(modelName)).rejects.toMatchObject({ exitCode: 5 });
    await tracking.transitionStage(modelName, 2, "Production");
    expect(await tracking.modelVersions(modelName)).toHaveLength(1);
    await tracking.setAlias(modelName, "champion", 2);
    expect(await tracking.modelVersions(modelName)).toHaveLength(1);
    await writeFile(join(root, "models", modelName, "aliases/champion"), "1");
    await expect(tracking.modelVersions(modelName)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/version-1\/meta\.yaml is damaged/),
    });
  });
});

test("the highest number counts versions that were deleted", async ({ root, tracking }) => {
  expect(await tracking.highestVersion(modelName)).toBe(0);
  for (const key of ["a", "b"]) await registerVersion(tracking, key);
  const meta = join(root, "models", modelName, "version-2/meta.yaml");
  await writeFile(meta, (await readFile(meta, "utf8")).replace('"None"', "Deleted_Internal"));
  expect(await tracking.modelVersions(modelName)).toHaveLength(1);
  expect(await tracking.highestVersion(modelName)).toBe(2);
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
