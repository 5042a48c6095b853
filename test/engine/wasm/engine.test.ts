import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { execa } from "execa";
import { afterAll, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import { openWasmEngine } from "../../../src/lib/engine/wasm/engine.ts";
import type { Matrix } from "../../../src/lib/matrix/matrix.ts";
import { parseBooster, predictProbability } from "../../../src/lib/model/booster.ts";
import { rocAucScore } from "../../../src/lib/model/metrics/auc-roc.ts";
import { float32, largestDifference } from "../../support/float32.ts";
import { inMemory, trainedOn } from "../../support/in-memory.ts";
import { mulberry32 } from "../../support/mulberry32.ts";
import { routedHessian } from "../../support/routed-hessian.ts";
import { telco } from "../../support/telco.ts";

const golden = z.object({ model_sha256: z.string(), probability: z.string() });
const { matrix, label } = await telco();
const root = fileURLToPath(new URL("../../../", import.meta.url));
const params = parameters.parse({});
/** Labels that churn never gives an engine: the library itself refuses them. */
const twice = trainedOn(
  matrix,
  label.map((churned) => 2 * churned),
);
const request = { ...trainedOn(matrix, label), algorithm: "xgboost", rounds: 100, params, threads: 2 } as const;

describe("the engine's thread", () => {
  test("keeps the process alive until it is open, and no longer", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `
          import { openWasmEngine } from "./src/lib/engine/wasm/engine.ts";
          const engine = await openWasmEngine();
          process.stdout.write(engine.name);`,
        resolveDir: root,
      },
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
      define: { "import.meta.url": JSON.stringify(new URL("src/lib/engine/wasm/thread.ts", pathToFileURL(root)).href) },
    });
    const ended = await execa(process.execPath, ["--input-type=module", "-"], {
      input: outputFiles[0]?.text ?? "",
      timeout: 20_000,
    });
    expect(ended).toMatchObject({ exitCode: 0, stdout: "wasm", stderr: "" });
  });

  test("prints nothing, and tells in the library's own words why training failed", async () => {
    const printed = [vi.spyOn(process.stdout, "write"), vi.spyOn(process.stderr, "write")];
    await using engine = await openWasmEngine();
    expect(engine.version).toBe("ml-xgboost 1.1.2 (XGBoost 0.7)");
    await expect(engine.train({ ...request, ...twice })).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/^ml-xgboost could not train: .*label must be in \[0,1\] for logistic regression/),
      hint: "look at train.params in churn.yaml",
    });
    await setImmediate();
    for (const print of printed) expect(print).not.toHaveBeenCalled();
  });
});

/** For all that follows: to load the library takes longer than most trainings here. */
const engine = await openWasmEngine();
afterAll(() => engine[Symbol.asyncDispose]());

test("a model has the same bytes after a failure", async () => {
  const short = { ...request, rounds: 5 };
  const { json } = await engine.train(short);
  await expect(engine.train({ ...short, ...twice })).rejects.toMatchObject({
    exitCode: 5,
  });
  const afterFailure = await engine.train(short);
  expect(afterFailure.json === json).toBe(true);
});

describe("the default model on all 7,043 Telco customers", async () => {
  const model = await engine.train(request);
  const ours = predictProbability(parseBooster(model.json, "model.json"), matrix);

  test("has the same bytes in every training", async () => {
    const again = await engine.train(request);
    expect(again.json === model.json).toBe(true);
  });

  test.each(["3.2.0", "1.7.6"])("is read by Python's xgboost %s with our probabilities to 1e-6", async (version) => {
    const file = new URL(`../../golden/predictions-${version}.json`, import.meta.url);
    const { model_sha256, probability } = golden.parse(JSON.parse(await readFile(file, "utf8")));
    expect(createHash("sha256").update(model.json).digest("hex")).toBe(model_sha256);
    expect(largestDifference(ours, float32(probability))).toBeLessThan(1e-6);
  });

  test("has the probabilities of ml-xgboost itself to 1e-6", async () => {
    expect(largestDifference(ours, await libraryProbability(matrix, label, model.parameters, 100))).toBeLessThan(1e-6);
  });

  test("tells every parameter that was sent", () => {
    expect(model.parameters).toEqual({
      objective: "binary:logistic",
      booster: "gbtree",
      max_depth: "5",
      learning_rate: "0.1",
      seed: "42",
      min_child_weight: "1",
      gamma: "0",
      max_delta_step: "0",
      lambda: "1",
      alpha: "0",
      scale_pos_weight: "1",
      base_score: "0.5",
      subsample: "1",
      colsample_bytree: "1",
      colsample_bylevel: "1",
      tree_method: "exact",
      grow_policy: "depthwise",
      max_leaves: "0",
      max_bin: "256",
      num_parallel_tree: "1",
      seed_per_iteration: "false",
      nthread: "1",
    });
  });
});

test.each([
  { gamma: 5, max_depth: 6 },
  { base_score: 0.3, scale_pos_weight: 2 },
  { subsample: 0.7, colsample_bytree: 0.5, colsample_bylevel: 0.8, seed: 7 },
  { num_parallel_tree: 3, subsample: 0.8 },
  { monotone_constraints: "(-1,1,0)", max_delta_step: 0.5, alpha: 1, lambda: 0 },
  { tree_method: "hist", grow_policy: "lossguide", max_depth: 0, max_leaves: 12, max_bin: 64 },
  { tree_method: "approx", min_child_weight: 20 },
])("a model trained with %o converts without loss", async (given) => {
  const { json, parameters: sent } = await engine.train({ ...request, rounds: 10, params: parameters.parse(given) });
  const ours = predictProbability(parseBooster(json, "model.json"), matrix);
  expect(largestDifference(ours, await libraryProbability(matrix, label, sent, 10))).toBeLessThan(1e-6);
});

test.each(["exact", "approx", "hist"])("a random forest is grown with %s, in one round", async (tree_method) => {
  const given = parameters.parse({ tree_method, learning_rate: 1 });
  const forest = { ...request, algorithm: "random-forest", rounds: 20, params: given } as const;
  const { json, parameters: sent } = await engine.train(forest);
  const drawn = tree_method === "hist" ? { colsample_bytree: "0.8" } : { colsample_bylevel: "0.8" };
  const mode = { num_parallel_tree: "20", learning_rate: "1", subsample: "0.8", lambda: "0.00001" };
  expect(sent).toMatchObject({ ...mode, ...drawn, tree_method });
  const booster = parseBooster(json, "model.json");
  expect(booster.treeCount).toBe(20);
  expect(json).toContain('"num_parallel_tree":"20"');
  // No two are of the same customers and features.
  const sizes = [...json.matchAll(/"split_conditions":\[([^\]]*)\]/g)].map(([, list]) => list);
  expect(new Set(sizes).size).toBe(20);
  const ours = predictProbability(booster, matrix);
  expect(rocAucScore(label, ours)).toBeGreaterThan(0.83);
  expect(largestDifference(ours, await libraryProbability(matrix, label, sent, 1))).toBeLessThan(1e-6);
});

test("a monotone constraint holds: more months never raise the probability", async () => {
  const constrained = parameters.parse({ monotone_constraints: "(-1)" });
  const { json } = await engine.train({ ...request, rounds: 20, params: constrained });
  const booster = parseBooster(json, "model.json");
  const months = Float32Array.from({ length: 73 }, (_, month) => month);
  const columns = matrix.columns.map((column, index) =>
    index === 0 ? months : new Float32Array(73).fill(column[0] ?? 0),
  );
  const probability = predictProbability(booster, { ...matrix, rowCount: 73, columns });
  expect(Array.from(probability)).toEqual(Array.from(probability).sort((one, other) => other - one));
});

test("other customers judge every round, and cut nothing where no rule says so", async () => {
  const validation = inMemory(
    matrix,
    label.map((churned) => 1 - churned),
  );
  const { json, judged } = await engine.train({ ...request, rounds: 5, validation });
  // Each round is worse for those who do the opposite.
  expect(judged?.bestRound).toBe(0);
  expect(judged?.validationLoss).toEqual([...(judged?.validationLoss ?? [])].sort((one, other) => one - other));
  expect(parseBooster(json, "model.json").treeCount).toBe(5);
});

test("a model whose numbers are too large for float32 is refused", async () => {
  const params = parameters.parse({ scale_pos_weight: 1e38 });
  await expect(engine.train({ ...request, rounds: 1, params })).rejects.toMatchObject({
    exitCode: 2,
    message: "the model has numbers too large for float32",
    hint: "a weight or penalty in train.params that is far from 1, such as scale_pos_weight, makes them, and so do values of a feature beyond 1.7e38",
  });
});

test("a matrix beyond WebAssembly's memory is refused before the library sees it", async () => {
  const rowCount = 300_000;
  const column = new Float32Array(rowCount);
  const wide = {
    rowCount,
    columns: Array.from({ length: 400 }, () => column),
    featureNames: Array.from({ length: 400 }, (_, index) => `f${index}`),
  };
  const halves = Uint8Array.from({ length: rowCount }, (_, row) => row % 2);
  // Nobody is read: all values are 0.
  const customers = { ...inMemory(wide, halves), async *chunks() {} };
  await expect(engine.train({ ...request, customers, params })).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(
      /^300,000 customers × 400 features take 2,415 MB .*: about 262,000 of these customers/,
    ),
  });
});

test("many customers: more than the 119,000 that the library's own way holds, in bins", async () => {
  const rowCount = 130_000;
  const repeat = (column: Float32Array) =>
    Float32Array.from({ length: rowCount }, (_, row) => column[row % 7_043] ?? 0);
  const labels = Uint8Array.from({ length: rowCount }, (_, row) => label[row % 7_043] ?? 0);
  const many = { ...matrix, rowCount, columns: matrix.columns.map(repeat) };
  const { json, parameters: sent } = await engine.train({ ...request, ...trainedOn(many, labels), rounds: 2 });
  expect(sent.tree_method).toBe("hist");
  expect(routedHessian(json, many)).toBeLessThan(1e-5);
  const probability = predictProbability(parseBooster(json, "model.json"), many);
  expect(rocAucScore(labels, probability)).toBeGreaterThan(0.8);
});

describe("4,000 customers of whom those with x = -1 churn", () => {
  const random = mulberry32(11);
  const x = Float32Array.from({ length: 4_000 }, () => Math.floor(random() * 5) - 1);
  const churned = x.map((value) => Number(random() < 0.05 ? random() < 0.5 : value === -1));
  const labels = Uint8Array.from(churned);
  const alone = { featureNames: ["x"], rowCount: x.length, columns: [x] };

  test.each(["exact", "hist", "approx"])("are told apart with %s", async (tree_method) => {
    const given = parameters.parse({ tree_method });
    const { json } = await engine.train({ ...request, ...trainedOn(alone, labels), rounds: 5, params: given });
    const probability = predictProbability(parseBooster(json, "model.json"), alone);
    expect(rocAucScore(labels, probability)).toBeGreaterThan(0.93);
  });

  test.each(["exact", "hist"])("are the same where x is missing instead, with %s", async (tree_method) => {
    const given = parameters.parse({ tree_method });
    const holed = { ...alone, columns: [x.map((value) => (value === -1 ? Number.NaN : value))] };
    const { json } = await engine.train({ ...request, ...trainedOn(holed, labels), rounds: 5, params: given });
    expect(routedHessian(json, holed)).toBeLessThan(1e-5);
    const probability = predictProbability(parseBooster(json, "model.json"), holed);
    expect(rocAucScore(labels, probability)).toBeGreaterThan(0.93);
  });
});

test("one missing value in 7,043 customers trains, and the model is as good as without it", async () => {
  const columns = matrix.columns.map((column, index) =>
    index === 2 ? column.map((value, row) => (row === 77 ? Number.NaN : value)) : column,
  );
  const auc = async (trained: Matrix) => {
    const { json } = await engine.train({ ...request, ...trainedOn(trained, label), rounds: 10 });
    return rocAucScore(label, predictProbability(parseBooster(json, "model.json"), trained));
  };
  expect(await auc({ ...matrix, columns })).toBeCloseTo(await auc(matrix), 2);
});

/** What ml-xgboost predicts by itself, after a training of its own with the same parameters. */
async function libraryProbability(
  { columns, rowCount }: Matrix,
  labels: Uint8Array,
  { learning_rate = "", ...sent }: Readonly<Record<string, string>>,
  iterations: number,
): Promise<number[]> {
  const ready: typeof import("ml-xgboost") = createRequire(import.meta.url)("ml-xgboost");
  const booster = new (await ready)({ ...sent, eta: learning_rate, silent: 1, iterations });
  const rows = Array.from({ length: rowCount }, (_, row) => columns.map((column) => column[row] ?? 0));
  booster.train(rows, Array.from(labels));
  const probability = booster.predict(rows);
  booster.free();
  return probability;
}
