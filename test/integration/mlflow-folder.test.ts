import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import type { Algorithm } from "../../src/lib/engine/engine.ts";
import { openMljsEngine } from "../../src/lib/engine/mljs/engine.ts";
import { parameters } from "../../src/lib/engine/parameters.ts";
import { openWasmEngine } from "../../src/lib/engine/wasm/engine.ts";
import type { Matrix } from "../../src/lib/matrix/matrix.ts";
import { parseBooster, predictProbability } from "../../src/lib/model/booster.ts";
import { openFolder } from "../../src/lib/tracking/folder/folder.ts";
import { modelFolder, withRunId } from "../../src/lib/tracking/model-folder.ts";
import { promote } from "../../src/lib/tracking/promote.ts";
import { planPromotion } from "../../src/lib/tracking/promotion-plan.ts";
import { aliases, tags } from "../../src/lib/tracking/tags.ts";
import type { Tracking } from "../../src/lib/tracking/tracking.ts";
import { largestDifference } from "../support/float32.ts";
import { trainedOn } from "../support/in-memory.ts";
import { telco, withHoles } from "../support/telco.ts";
import { mlflowLines } from "./support/mlflow-server.ts";
import { runPython } from "./support/python.ts";

const model = "churn-model";
const experiment = 'churn: "naïve" 😀 &';
/** Texts that YAML and careless readers turn into something else. */
const nastyTags = {
  date: "2026-11-23",
  no: "no",
  emoji: "😀 \u2028 é",
  lines: "a\n\nb\n",
  quotes: "\"'\\%",
  empty: "",
};
const params = { max_depth: "5", note: "no", "nested/key": "2026-11-23" };

const ENGINES = { wasm: openWasmEngine, mljs: openMljsEngine };

test.each(mlflowLines)("%s reads, loads and goes on writing the folder that churn wrote", async (line) => {
  const parent = await mkdtemp(join(tmpdir(), "churn mlflow é-"));
  onTestFinished(() => rm(parent, { recursive: true }));
  const root = join(parent, "mlruns");
  const tracking = openFolder(root);

  const { matrix, label } = await telco();
  const files = await train(matrix, label);
  const runId = await logRun(tracking, files);
  await registerTwo(tracking, runId, files);
  await leaveUnfinished(root);

  const booster = parseBooster(Buffer.from(files.get("model.json") ?? "").toString("utf8"), "model.json");
  const rowCount = 50;
  const first: Matrix = { ...matrix, rowCount, columns: matrix.columns.map((column) => column.subarray(0, rowCount)) };
  const expected = {
    experiment,
    run_id: runId,
    params,
    metrics: { log_loss: 0.4, "test/f1": 0.571 },
    tags: nastyTags,
    version_tags: nastyTags,
    model,
    columns: matrix.featureNames,
    rows: Array.from({ length: rowCount }, (_, row) => first.columns.map((column) => column[row])),
    probabilities: [...predictProbability(booster, first)],
  };
  await writeFile(join(parent, "expected.json"), JSON.stringify(expected));

  const seen = await runPython(line, "mlflow_reads_folder.py", {
    args: [root, join(parent, "expected.json")],
    schema: z.object({
      mlflow: z.string(),
      largest_difference: z.number(),
      run_by_python: z.string(),
      version_by_python: z.int(),
    }),
    cwd: parent,
  });
  expect(seen.largest_difference).toBeLessThan(1e-6);

  expect(await tracking.findRun(experiment, { key: tags.runKey, value: "another key" })).toMatchObject({
    runId: seen.run_by_python,
    runName: "by Python",
    status: "FINISHED",
    params: { depth: "5" },
    metrics: { f1: Number.NaN },
  });
  expect(seen.version_by_python).toBe(3);
  const [third, second] = await tracking.modelVersions(model);
  expect(second).toMatchObject({ stage: "Archived", aliases: ["by-python", "challenger"] });
  expect(second?.tag("note")).toBe("no");
  if (third === undefined) throw new Error("version 3 is not listed");
  const downloaded = await tracking.downloadModel(third);
  // all files of version 3; MLflow drops registered_model_meta into the folder when it loads from it
  expect([...downloaded.keys()]).toEqual([...files.keys()].sort());
  expect(await readdir(join(root, "models", model))).toContain("version-3");
});

test.each(["wasm", "mljs"] as const)(
  "MLflow loads a random forest of %s, and predicts its probabilities",
  async (engine) => {
    const folder = await mkdtemp(join(tmpdir(), "churn mlflow é-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { matrix, label } = await telco();
    const holed = withHoles(matrix);
    const files = await train(holed, label, { engine, algorithm: "random-forest" });
    for (const [name, content] of files) await writeFile(join(folder, name), content);
    const rows = Array.from({ length: 50 }, (_, row) =>
      // JSON has no NaN.
      holed.columns.map((column) => (Number.isNaN(column[row]) ? null : column[row])),
    );
    const customers = join(folder, "customers.json");
    await writeFile(customers, JSON.stringify({ columns: holed.featureNames, rows }));

    const predicted = z.array(z.number());
    const { flavour, pyfunc } = await runPython("mlflow", "mlflow_loads_forest.py", {
      args: [folder, customers],
      schema: z.object({ flavour: predicted, pyfunc: predicted }),
    });
    const booster = parseBooster(Buffer.from(files.get("model.json") ?? "").toString("utf8"), "model.json");
    const ours = predictProbability(booster, holed).subarray(0, 50);
    for (const theirs of [flavour, pyfunc]) expect(largestDifference(ours, theirs)).toBeLessThan(1e-6);
  },
);

async function train(
  matrix: Matrix,
  label: Uint8Array,
  { engine: name, algorithm }: { engine: keyof typeof ENGINES; algorithm: Algorithm } = {
    engine: "wasm",
    algorithm: "xgboost",
  },
): Promise<Map<string, Uint8Array>> {
  await using engine = await ENGINES[name]();
  const trained = await engine.train({
    ...trainedOn(matrix, label),
    algorithm,
    rounds: 20,
    params: parameters.parse(algorithm === "xgboost" ? {} : { learning_rate: 1 }),
    threads: 1,
  });
  return modelFolder({
    modelJson: trained.json,
    preprocessing: "{}\n",
    features: matrix.featureNames,
    createdAt: new Date(),
    modelUuid: "0123456789abcdef0123456789abcdef",
    metadata: { algorithm, engine: engine.name, engine_version: engine.version },
  });
}

async function logRun(tracking: Tracking, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const startTime = Date.now();
  const run = { experiment, runName: "2026-11-23", startTime, tags: { ...nastyTags, [tags.runKey]: "the key" } };
  const { runId } = await tracking.createRun(run);
  const curve = [0.6, 0.5, 0.4].map((value, step) => ({ key: "log_loss", value, timestamp: startTime + step, step }));
  const metrics = [...curve, { key: "test/f1", value: 0.571, timestamp: startTime, step: 0 }];
  await tracking.logBatch(runId, { params, metrics });
  await tracking.logBatch(runId, { params, metrics });
  await tracking.logModel(runId, withRunId(files, runId));
  await tracking.setStatus(runId, "FINISHED", startTime + 1000);
  return runId;
}

/** Version 1 in Production, version 2, of another run, in Staging. */
async function registerTwo(tracking: Tracking, runId: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const other = await tracking.createRun({ experiment, runName: "other", startTime: Date.now(), tags: {} });
  for (const id of [runId, other.runId]) {
    const { modelUri: source } = await tracking.logModel(id, withRunId(files, id));
    const version = { name: model, runId: id, source, description: "no\n😀", tags: nastyTags };
    const { version: number } = await tracking.createModelVersion(version);
    await tracking.transitionStage(model, number, "Staging");
    await tracking.setAlias(model, aliases.challenger, number);
    if (id === runId) {
      await promote(tracking, await planPromotion(tracking, { model, via: "both" }, number), {
        by: "maria",
        at: new Date(),
      });
    }
  }
}

/** What kills may leave: unfinished files and folders in every place where churn writes them. */
async function leaveUnfinished(root: string): Promise<void> {
  await mkdir(join(root, "123456789012345678"));
  const ids = (await readdir(root)).filter((name) => name.length === 18 && name !== "123456789012345678");
  const runs = await Promise.all(
    ids.map(async (id) =>
      (await readdir(join(root, id))).map((run) => join(root, id, run)).filter((run) => !run.endsWith("yaml")),
    ),
  );
  const shelters = [...ids.map((id) => join(root, id)), ...runs.flat()];
  for (const shelter of shelters) {
    await mkdir(join(shelter, ".churn.4194304-0123abcd.part/new"), { recursive: true });
    await writeFile(join(shelter, ".churn.4194304-0123abcd.part/new/meta.yaml"), 'run_id: "half');
  }
  for (const folder of [root, ...shelters, join(root, "models", model), join(root, "models", model, "version-1")]) {
    await writeFile(join(folder, ".churn.4194304-4567cdef.part"), "half");
  }
}
