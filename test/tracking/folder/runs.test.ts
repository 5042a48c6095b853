import { access, mkdir, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect } from "vitest";
import { parse } from "yaml";
import { openFolder } from "../../../src/lib/tracking/folder/folder.ts";
import { withRunId } from "../../../src/lib/tracking/model-folder.ts";
import { tags } from "../../../src/lib/tracking/tags.ts";
import { experiment, newRun, smallModel, test } from "../../support/tracking-folder.ts";

const runKey = { key: tags.runKey, value: "w/2026-11-23/abc" };

test("opening and reading make nothing: an absent folder has no runs and no versions", async ({ root, tracking }) => {
  expect(await tracking.findRun(experiment, runKey)).toBeUndefined();
  expect(await tracking.getRun("0123456789abcdef0123456789abcdef")).toBeUndefined();
  expect(await tracking.modelVersions("churn-model")).toEqual([]);
  await expect(access(root)).rejects.toThrow("ENOENT");
});

test("the first run makes the tree that MLflow expects, with the experiment at 0", async ({ root, tracking }) => {
  const run = await tracking.createRun(newRun());
  const meta = (path: string) => readFile(join(root, path), "utf8").then((text) => parse(text));
  expect(await meta("0/meta.yaml")).toMatchObject({ experiment_id: "0", name: "Default", lifecycle_stage: "active" });
  expect(await meta(`${run.experimentId}/meta.yaml`)).toMatchObject({
    experiment_id: run.experimentId,
    name: "churn",
    artifact_location: expect.stringMatching(/^file:\/\/\/.*churn%20tracking-.*\/mlruns\/\d{18}$/),
  });
  expect(await meta(`${run.experimentId}/${run.runId}/meta.yaml`)).toEqual({
    run_id: run.runId,
    run_uuid: run.runId,
    experiment_id: run.experimentId,
    run_name: "2026-11-23",
    user_id: "churn",
    status: 1,
    start_time: 1_795_500_000_000,
    end_time: null,
    lifecycle_stage: "active",
    artifact_uri: run.artifactUri,
  });
  for (const folder of ["metrics", "params", "artifacts"])
    await access(join(root, run.experimentId, run.runId, folder));
});

test("a run is found by its tag and has what was logged", async ({ tracking }) => {
  const { runId } = await tracking.createRun(newRun());
  await tracking.logBatch(runId, {
    params: { max_depth: "5" },
    metrics: [
      { key: "log_loss", value: 0.5, timestamp: 1000, step: 0 },
      { key: "log_loss", value: 0.25, timestamp: 1000, step: 1 },
      { key: "test/auc_roc", value: Number.NaN, timestamp: 1000, step: 0 },
    ],
    tags: { "churn.f1": "0.571" },
  });
  expect(await tracking.findRun(experiment, runKey)).toMatchObject({
    runId,
    status: "RUNNING",
    params: { max_depth: "5" },
    metrics: { log_loss: 0.25, "test/auc_roc": Number.NaN },
    tags: { "churn.f1": "0.571", "mlflow.runName": "2026-11-23", [tags.runKey]: runKey.value },
  });
  expect(await tracking.findRun(experiment, { ...runKey, value: "another" })).toBeUndefined();
  expect(await tracking.findRun("another", runKey)).toBeUndefined();
});

test("the same run made again is the run that is there", async ({ tracking }) => {
  const first = await tracking.createRun(newRun());
  expect(await tracking.createRun(newRun())).toEqual(first);
  expect((await tracking.createRun(newRun("w/2026-11-24/def"))).runId).not.toBe(first.runId);
});

test("a run that was deleted in MLflow stays so: the same one made again is another", async ({ root, tracking }) => {
  const first = await tracking.createRun(newRun());
  const meta = join(root, first.experimentId, first.runId, "meta.yaml");
  await writeFile(meta, (await readFile(meta, "utf8")).replace('"active"', "deleted"));
  const second = await tracking.createRun(newRun());
  expect(second.runId).not.toBe(first.runId);
  expect(await tracking.createRun(newRun())).toEqual(second);
  expect(await tracking.findRun(experiment, runKey)).toEqual(second);
});

test("a run of the same key in another experiment is another run", async ({ tracking }) => {
  const first = await tracking.createRun(newRun());
  const second = await tracking.createRun({ ...newRun(), experiment: "another" });
  expect(second.runId).not.toBe(first.runId);
});

test("a batch logged again changes no byte", async ({ root, tracking }) => {
  const { runId, experimentId } = await tracking.createRun(newRun());
  const batch = {
    params: { rounds: "100" },
    metrics: [0, 1, 2].map((step) => ({ key: "log_loss", value: 1 / (step + 1), timestamp: 1000 + step, step })),
    tags: { note: "a" },
  };
  const file = join(root, experimentId, runId, "metrics/log_loss");
  await tracking.logBatch(runId, batch);
  const before = await readFile(file, "utf8");
  await tracking.logBatch(runId, batch);
  expect(await readFile(file, "utf8")).toBe(before);
  expect(before).toBe("1000 1 0\n1001 0.5 1\n1002 0.3333333333333333 2\n");
});

test("a param with another value is refused before anything is written", async ({ tracking }) => {
  const { runId } = await tracking.createRun(newRun());
  await tracking.logBatch(runId, { params: { max_depth: "5" } });
  const changed = tracking.logBatch(runId, { params: { a_new_one: "1", max_depth: "6" }, tags: { note: "x" } });
  await expect(changed).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/^param max_depth of MLflow run .* is "5" already, not "6"$/),
  });
  const run = await tracking.getRun(runId);
  expect(run?.params).toEqual({ max_depth: "5" });
  expect(run?.tags).not.toHaveProperty("note");
});

test("a run has a status and an end", async ({ root, tracking }) => {
  const { runId, experimentId } = await tracking.createRun(newRun());
  await tracking.setStatus(runId, "FINISHED", 1_795_500_009_000);
  expect((await tracking.getRun(runId))?.status).toBe("FINISHED");
  const text = await readFile(join(root, experimentId, runId, "meta.yaml"), "utf8");
  expect(text).toContain("status: 3\n");
  expect(text).toContain("end_time: 1795500009000\n");
  await tracking.setStatus(runId, "RUNNING", null);
  expect((await tracking.getRun(runId))?.status).toBe("RUNNING");
});

test("the model is the run's, MLflow's pages are told of it once, and another model takes its place", async ({
  root,
  tracking,
}) => {
  const { runId, experimentId } = await tracking.createRun(newRun());
  const folder = join(root, experimentId, runId, "artifacts/model");
  await tracking.logModel(runId, withRunId(smallModel("a"), runId));
  await writeFile(join(folder, "left-over.json"), "{}");
  const files = withRunId(smallModel("b"), runId);
  const { modelUri } = await tracking.logModel(runId, files);
  expect(modelUri).toMatch(new RegExp(`^file:///.*/${runId}/artifacts/model$`));
  expect(await readFile(join(folder, "model.json"), "utf8")).toContain('"salt":"b"');
  await expect(access(join(folder, "left-over.json"))).rejects.toThrow("ENOENT");

  const history = (await tracking.getRun(runId))?.tags["mlflow.log-model.history"];
  expect(JSON.parse(history ?? "")).toEqual([
    {
      run_id: runId,
      artifact_path: "model",
      utc_time_created: "2026-11-23 05:00:01.234000",
      model_uuid: "0123456789abcdef0123456789abcdef",
      flavors: expect.objectContaining({ xgboost: expect.objectContaining({ data: "model.json" }) }),
    },
  ]);
});

test("a tree that has moved is read where it lies now", async ({ root, tracking }) => {
  const { runId } = await tracking.createRun(newRun());
  await tracking.logModel(runId, withRunId(smallModel(), runId));
  const moved = join(dirname(root), "elsewhere");
  await rename(root, moved);
  expect((await openFolder(moved).findRun(experiment, runKey))?.artifactUri).toContain("/elsewhere/");
});

test("a run that goes on after a move has its artifacts' address put right, and only where they are its own", async ({
  root,
  tracking,
}) => {
  const { runId, experimentId } = await tracking.createRun(newRun());
  const moved = join(dirname(root), "else where");
  await rename(root, moved);
  const path = join(moved, experimentId, runId, "meta.yaml");
  const text = await readFile(path, "utf8");
  const artifacts = pathToFileURL(join(moved, experimentId, runId, "artifacts")).href;
  for (const [address, put] of [
    [undefined, artifacts],
    ["s3://bucket/0/0123456789abcdef0123456789abcdef/artifacts", undefined],
    ["file:///data/artifacts", undefined],
  ] as const) {
    const before = parse(text).artifact_uri;
    await writeFile(path, text.replace(before, address ?? before));
    await openFolder(moved).setStatus(runId, "FINISHED", 1_795_500_000_001);
    expect(parse(await readFile(path, "utf8"))).toMatchObject({ artifact_uri: put ?? address, status: 3 });
  }
});

describe("what MLflow or churn can't read is told with its file", () => {
  const broken: [string, string, RegExp][] = [
    ["empty", "", /meta\.yaml is damaged: it is empty$/],
    ["cut in half", 'run_id: "012', /meta\.yaml is damaged: Missing closing "quote/],
    ["without its start", 'run_id: "a"\nexperiment_id: "1"\n', /meta\.yaml is damaged: start_time: missing$/],
  ];
  for (const [how, text, message] of broken) {
    test(`a meta.yaml that is ${how}`, async ({ root, tracking }) => {
      const { runId, experimentId } = await tracking.createRun(newRun());
      await writeFile(join(root, experimentId, runId, "meta.yaml"), text);
      await expect(tracking.getRun(runId)).rejects.toMatchObject({
        exitCode: 5,
        message: expect.stringMatching(message),
      });
    });
  }

  test("a metric line that is none", async ({ root, tracking }) => {
    const { runId, experimentId } = await tracking.createRun(newRun());
    await writeFile(join(root, experimentId, runId, "metrics/f1"), "1000 0.5 0\n1000 0.");
    // half a line that still is a number can't be told from a whole one; one without its time can
    await writeFile(join(root, experimentId, runId, "metrics/auc"), "x 0.5 0\n");
    await expect(tracking.getRun(runId)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/metrics\/auc is damaged: "x 0\.5 0" is no time, value and step$/),
    });
  });

  test("a file where the folder should be", async ({ root, tracking }) => {
    await writeFile(root, "");
    await expect(tracking.createRun(newRun())).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining(root),
    });
  });

  test("a key that is the beginning of another one", async ({ tracking }) => {
    const { runId } = await tracking.createRun(newRun());
    const clash = tracking.logBatch(runId, { tags: { "val/auc": "1", val: "2" } });
    await expect(clash).rejects.toMatchObject({ exitCode: 5, message: expect.stringContaining("the same name") });
  });
});

describe("an experiment that is damaged", () => {
  for (const [how, text] of [
    ["empty", ""],
    ["cut short", 'artifact_location: "file:///'],
    ["without its name", "experiment_id: '0'\n"],
  ] as const) {
    test(`${how}, MLflow's own Default and others, is none of our business`, async ({ root, tracking }) => {
      await mkdir(join(root, "0"), { recursive: true });
      await writeFile(join(root, "0/meta.yaml"), text);
      await mkdir(join(root, "123"));
      await writeFile(join(root, "123/meta.yaml"), text);
      const run = await tracking.createRun(newRun());
      expect(await tracking.createRun(newRun())).toEqual(run);
      expect(await tracking.findRun(experiment, runKey)).toEqual(run);
      expect(await readFile(join(root, "0/meta.yaml"), "utf8")).toBe(text);
      await mkdir(join(root, ".trash"));
      await rename(join(root, "123"), join(root, ".trash", "123"));
      expect((await tracking.createRun({ ...newRun(), experiment: "another" })).experimentId).not.toBe(
        run.experimentId,
      );
    });
  }

  for (const [how, place, make] of [
    ["a file in the place of MLflow's own Default", "0", (path: string) => writeFile(path, "")],
    ["a link that leads nowhere in its place", "0", (path: string) => symlink("gone", path)],
    ["a folder in the place of Default's meta.yaml", "0/meta.yaml", (path: string) => mkdir(path)],
    ["a file in the place of MLflow's trash", ".trash", (path: string) => writeFile(path, "")],
  ] as const) {
    test(`or ${how}, is none of our business`, async ({ root, tracking }) => {
      await mkdir(dirname(join(root, place)), { recursive: true });
      await make(join(root, place));
      const run = await tracking.createRun(newRun());
      expect(await tracking.findRun(experiment, runKey)).toEqual(run);
    });
  }

  test("is told when it is the one that is meant", async ({ root, tracking }) => {
    const run = await tracking.createRun(newRun());
    await writeFile(join(root, run.experimentId, "meta.yaml"), "");
    const damaged = { exitCode: 5, message: `${join(root, run.experimentId, "meta.yaml")} is damaged: it is empty` };
    await expect(tracking.createRun(newRun("another"))).rejects.toMatchObject(damaged);
    await expect(tracking.findRun(experiment, runKey)).rejects.toMatchObject(damaged);
  });

  test("that MLflow made by our name is found as long as it is whole", async ({ root, tracking }) => {
    await mkdir(join(root, "123456789"), { recursive: true });
    const meta = { experiment_id: "123456789", name: experiment, artifact_location: "x", lifecycle_stage: "active" };
    await writeFile(join(root, "123456789/meta.yaml"), JSON.stringify(meta));
    expect((await tracking.createRun(newRun())).experimentId).toBe("123456789");
  });
});

test("a deleted experiment's name is taken, as in MLflow", async ({ root, tracking }) => {
  const { experimentId } = await tracking.createRun(newRun());
  await mkdir(join(root, ".trash"));
  await rename(join(root, experimentId), join(root, ".trash", experimentId));
  expect(await tracking.findRun(experiment, runKey)).toBeUndefined();
  await expect(tracking.createRun(newRun())).rejects.toMatchObject({
    exitCode: 2,
    message: `experiment churn in ${root} was deleted`,
  });
});

test("what MLflow would refuse or cut is refused before it is written", async ({ tracking }) => {
  const { runId } = await tracking.createRun(newRun());
  const refused = async (batch: Parameters<typeof tracking.logBatch>[1], message: RegExp) =>
    await expect(tracking.logBatch(runId, batch)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  await refused({ params: { p: "x".repeat(6001) } }, /^param p has 6,001 characters, MLflow takes at most 6,000$/);
  await refused({ tags: { t: "x".repeat(8001) } }, /^tag t has 8,001 characters/);
  await refused({ tags: { ["k".repeat(251)]: "" } }, /has 251 characters, MLflow takes at most 250$/);
  await refused({ params: { "a,b": "" } }, /^param key "a,b": MLflow allows letters/);
  for (const key of ["../x", "/x", "x/", "a//b", "."]) await refused({ tags: { [key]: "" } }, /must not be empty/);
  for (const name of ["", "O'Neill", "x".repeat(257)]) {
    await expect(tracking.createRun({ ...newRun(), experiment: name })).rejects.toMatchObject({ exitCode: 2 });
  }
  await expect(tracking.getRun("../../etc")).rejects.toMatchObject({ exitCode: 4 });
});

test("the data of a run are noted as MLflow notes them, and not twice", async ({ root, tracking }) => {
  const { runId, experimentId } = await tracking.createRun(newRun());
  const dataset = {
    name: "train customers",
    digest: "0123456789abcdef0123456789abcdef0123456789abcdef",
    sourceType: "local",
    uri: "/srv/churn/features/2026-11-23/train.parquet",
    columns: [{ name: "tenure", type: "float", required: false }],
    rows: 7,
    context: "training",
  } as const;
  await tracking.logInput(runId, dataset);
  const folders = async () => [
    await readdir(join(root, experimentId, "datasets")),
    await readdir(join(root, experimentId, runId, "inputs")),
  ];
  const [datasets = [], inputs = []] = await folders();
  await tracking.logInput(runId, dataset);
  expect(await folders()).toEqual([datasets, inputs]);
  const meta = (...path: string[]) => readFile(join(root, experimentId, ...path, "meta.yaml"), "utf8").then(parse);
  expect(await meta("datasets", ...datasets)).toEqual({
    name: "train customers",
    digest: "0123456789abcdef0123456789abcdef0123",
    source_type: "local",
    source: '{"uri":"/srv/churn/features/2026-11-23/train.parquet"}',
    schema: '{"mlflow_colspec":[{"name":"tenure","type":"float","required":false}]}',
    profile: '{"num_rows":7,"num_elements":7}',
  });
  expect(await meta(runId, "inputs", ...inputs)).toEqual({
    source_type: "DATASET",
    source_id: datasets[0],
    destination_type: "RUN",
    destination_id: datasets[0],
    tags: { "mlflow.data.context": "training" },
  });
});

test("files beside the model are replaced by what comes later", async ({ root, tracking }) => {
  const { runId, experimentId } = await tracking.createRun(newRun());
  for (const text of ["old", "new"]) await tracking.logArtifacts(runId, new Map([["a/b.json", Buffer.from(text)]]));
  expect(await readFile(join(root, experimentId, runId, "artifacts/a/b.json"), "utf8")).toBe("new");
});

test("runs that nobody ended are those of their workspace in state RUNNING", async ({ tracking }) => {
  const own = { key: tags.workspace, value: "w" };
  const left = [];
  for (const [key, workspace] of [
    ["a", "w"],
    ["b", "w"],
    ["c", "other"],
  ] as const) {
    const run = newRun(key);
    left.push((await tracking.createRun({ ...run, tags: { ...run.tags, [own.key]: workspace } })).runId);
  }
  const [a = "", b = ""] = left;
  await tracking.setStatus(b, "FINISHED", 1);
  expect((await tracking.runningRuns(experiment, own)).map(({ runId }) => runId)).toEqual([a]);
  expect(await tracking.runningRuns("another", own)).toEqual([]);
});
