import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Engine } from "../../../src/lib/engine/engine.ts";
import { openNativeEngine } from "../../../src/lib/engine/native/engine.ts";
import { findLibrary } from "../../../src/lib/engine/native/library.ts";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import { openWasmEngine } from "../../../src/lib/engine/wasm/engine.ts";
import type { LabelledMatrix } from "../../../src/lib/matrix/customers.ts";
import type { Matrix } from "../../../src/lib/matrix/matrix.ts";
import { parseBooster, predictProbability } from "../../../src/lib/model/booster.ts";
import { rocAucScore } from "../../../src/lib/model/metrics/auc-roc.ts";
import { logLoss } from "../../../src/lib/model/metrics/log-loss.ts";
import { largestDifference } from "../../support/float32.ts";
import { hugeValues } from "../../support/huge-values.ts";
import { inMemory, trainedOn } from "../../support/in-memory.ts";
import { libraries, newest } from "../../support/libxgboost.ts";
import { mulberry32 } from "../../support/mulberry32.ts";
import { telco } from "../../support/telco.ts";

const { matrix, label } = await telco();
const request = {
  ...trainedOn(matrix, label),
  algorithm: "xgboost" as const,
  rounds: 30,
  params: parameters.parse({}),
  threads: 2,
};

async function openEngine(file: string): Promise<Engine> {
  const { library } = await findLibrary(file, "/", { get: () => undefined });
  if (library === undefined) throw new Error(`no library ${file}`);
  return openNativeEngine(library);
}

const digest = (json: string) => createHash("sha256").update(json).digest("hex");
const scores = (json: string, of: Matrix = matrix) => predictProbability(parseBooster(json, "it"), of);

/** The same customers with holes in their data. */
function withHoles(): Matrix {
  const random = mulberry32(5);
  return {
    ...matrix,
    columns: matrix.columns.map((column) => column.map((value) => (random() < 0.1 ? Number.NaN : value))),
  };
}

function rowsOf(from: number, to: number): LabelledMatrix {
  const columns = matrix.columns.map((column) => column.slice(from, to));
  return { matrix: { ...matrix, rowCount: to - from, columns }, label: label.slice(from, to) };
}

describe.skipIf(newest === "").for(libraries)("%s", (file) => {
  test("grows the same trees as the embedded engine, exactly", async () => {
    await using native = await openEngine(file);
    await using wasm = await openWasmEngine();
    const holes = withHoles();
    for (const of of [matrix, holes]) {
      const one = { ...request, ...trainedOn(of, label) };
      const [ours, theirs] = await Promise.all([native.train(one), wasm.train(one)]);
      expect(largestDifference(scores(ours.json, of), scores(theirs.json, of))).toBeLessThan(1e-6);
    }
  });

  test.for(["exact", "hist", "approx"] as const)(
    "gives the same bytes with any number of threads: %s",
    async (tree_method) => {
      await using engine = await openEngine(file);
      const params = { ...request.params, tree_method, subsample: 0.8, colsample_bytree: 0.8 };
      const models = [];
      for (const threads of [1, 2, 4]) models.push(await engine.train({ ...request, params, threads }));
      expect(new Set(models.map(({ json }) => digest(json))).size).toBe(1);
      expect(models[0]?.parameters).toMatchObject({ tree_method, base_score: "0.5", objective: "binary:logistic" });
      expect(models[0]?.warnings).toEqual([]);
    },
  );

  test("stops early and is cut at its best round", async () => {
    await using engine = await openEngine(file);
    const [trained, validation] = [rowsOf(0, 5000), rowsOf(5000, 7043)];
    const params = { ...request.params, learning_rate: 0.5 };
    const stopped = await engine.train({
      ...request,
      ...trainedOn(trained.matrix, trained.label),
      params,
      rounds: 100,
      validation: inMemory(validation.matrix, validation.label),
      stopping: { rounds: 5 },
    });
    const { validationLoss, bestRound } = stopped.judged ?? { validationLoss: [], bestRound: 0 };
    expect(validationLoss.length).toBe(bestRound + 6);
    expect(bestRound).toBe(validationLoss.indexOf(Math.min(...validationLoss)));
    const booster = parseBooster(stopped.json, "it");
    expect(booster.treeCount).toBe(bestRound + 1);
    expect(booster.featureNames).toEqual(matrix.featureNames);
    const loss = logLoss(validation.label, predictProbability(booster, validation.matrix));
    expect(loss).toBeCloseTo(validationLoss[bestRound] ?? 0, 6);
  });

  test("grows a forest, by node in bins and by level exactly", async () => {
    await using engine = await openEngine(file);
    const params = parameters.parse({ max_depth: 6, learning_rate: 1 });
    const forest = { ...request, algorithm: "random-forest" as const, rounds: 20, params };
    const [binned, exact] = [
      await engine.train(forest),
      await engine.train({ ...forest, params: { ...params, tree_method: "exact" } }),
    ];
    expect(binned.parameters).toMatchObject({
      ...{ num_parallel_tree: "20", learning_rate: "1", subsample: "0.8", colsample_bynode: "0.8" },
      ...{ lambda: "0.00001", tree_method: "hist" },
    });
    expect(exact.parameters).toMatchObject({ colsample_bynode: "1", colsample_bylevel: "0.8", tree_method: "exact" });
    for (const { json } of [binned, exact]) {
      expect(parseBooster(json, "it").treeCount).toBe(20);
      expect(rocAucScore(label, scores(json))).toBeGreaterThan(0.84);
    }
  });

  test("throws XGBoost's own sentence, without its calls", async () => {
    await using engine = await openEngine(file);
    const params = { ...request.params, tree_method: "hist" as const, max_bin: 1 };
    const error = await engine.train({ ...request, params }).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(/^ServiceError: libxgboost could not train: /);
    expect(error).toMatchObject({ hint: "look at train.params in churn.yaml" });
    expect(String(error)).not.toMatch(/Stack trace|\.cc|\n/);
    // The thread is of use after that.
    expect((await engine.train({ ...request, rounds: 1 })).json.length).toBeGreaterThan(100);
  });

  test("refuses a model whose numbers are too large for float32, which the library writes as words", async () => {
    await using engine = await openEngine(file);
    const params = parameters.parse({ scale_pos_weight: 1e38 });
    await expect(engine.train({ ...request, params })).rejects.toMatchObject({
      name: "NumbersTooLargeError",
      message: "the model has numbers too large for float32",
    });
  });

  test("refuses a model that parts values by a sum too large for float32", async () => {
    await using engine = await openEngine(file);
    const params = parameters.parse({ tree_method: "exact" });
    await expect(engine.train({ ...request, ...hugeValues(), params })).rejects.toMatchObject({
      message: "the model has numbers too large for float32",
    });
  });

  test("refuses what has no effect", async () => {
    await using engine = await openEngine(file);
    await expect(engine.train({ ...request, params: { ...request.params, max_leaves: 7 } })).rejects.toThrow(
      "train.params.max_leaves would have no effect",
    );
  });

  test.for(["exact", "hist"] as const)(
    "leaves the event loop free, and says how far it is: %s",
    async (tree_method) => {
      await using engine = await openEngine(file);
      const rounds: number[] = [];
      let ticks = 0;
      const training = engine
        .train({
          ...request,
          params: { ...request.params, tree_method, max_depth: 10 },
          rounds: 60,
          onRound: (round) => rounds.push(round),
        })
        .then(() => true);
      while (!(await Promise.race([training, setTimeout(5, false)]))) ticks += 1;
      expect(ticks).toBeGreaterThan(5);
      expect(rounds.at(-1)).toBe(60);
    },
  );
});

describe.skipIf(newest === "")("the newest libxgboost", () => {
  test("says that it trained on the CPU where a GPU was asked for", async () => {
    await using engine = await openEngine(newest);
    const params = { ...request.params, tree_method: "hist" as const, device: "cuda" };
    const { warnings } = await engine.train({ ...request, params, rounds: 2 });
    expect(warnings[0]).toBe("train.params.device is cuda, but libxgboost trained on cpu");
  });

  test("says which parameter an older one doesn't know", async ({ skip }) => {
    const oldest = libraries.at(-1) ?? "";
    await using engine = await openEngine(oldest);
    const params = { ...request.params, tree_method: "hist" as const, device: "cuda" };
    skip(!engine.version.startsWith("XGBoost 1.7."), "Debian's libxgboost0 can't be had here");
    const told: number[] = [];
    const onRound = (round: number) => told.push(round);
    await expect(engine.train({ ...request, params, onRound })).rejects.toMatchObject({
      message: expect.stringMatching(/^XGBoost 1\.7\.\d+ doesn't know train\.params\.device$/),
      hint: "remove it from churn.yaml, or take a newer libxgboost",
    });
    expect(told, "not after all rounds").toEqual([]);
  });

  test("trains ten thousand features", async () => {
    await using engine = await openEngine(newest);
    const random = mulberry32(3);
    const rowCount = 60;
    const columns = Array.from({ length: 10_000 }, () => Float32Array.from({ length: rowCount }, random));
    const wide = { featureNames: columns.map((_, index) => `f${index}`), rowCount, columns };
    const labels = Uint8Array.from({ length: rowCount }, (_, row) => row % 2);
    const { json } = await engine.train({ ...request, ...trainedOn(wide, labels), rounds: 2 });
    expect(parseBooster(json, "it").featureNames.length).toBe(10_000);
  });
});
