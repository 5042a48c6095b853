import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { RandomForestClassifier } from "ml-random-forest";
import { afterAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { TrainingRequest } from "../../../src/lib/engine/engine.ts";
import { bootstraps } from "../../../src/lib/engine/mljs/bootstrap.ts";
import { openMljsEngine } from "../../../src/lib/engine/mljs/engine.ts";
import { fillMissing } from "../../../src/lib/engine/mljs/missing.ts";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import type { Matrix } from "../../../src/lib/matrix/matrix.ts";
import { parseBooster, predictProbability } from "../../../src/lib/model/booster.ts";
import { rocAucScore } from "../../../src/lib/model/metrics/auc-roc.ts";
import { float32, largestDifference } from "../../support/float32.ts";
import { trainedOn } from "../../support/in-memory.ts";
import { telco, withHoles } from "../../support/telco.ts";

const { matrix, label } = await telco();
const holed = withHoles(matrix);
const params = { ...parameters.parse({}), learning_rate: 1 };
const request: TrainingRequest = {
  ...trainedOn(holed, label),
  algorithm: "random-forest",
  rounds: 20,
  params,
  threads: 1,
};
const engine = await openMljsEngine();
afterAll(() => engine[Symbol.asyncDispose]());

describe("a forest of 20 trees on all 7,043 Telco customers, with holes in their data", async () => {
  const told: [number, number][] = [];
  const model = await engine.train({ ...request, onRound: (tree, of) => told.push([tree, of]) });
  const ours = predictProbability(parseBooster(model.json, "model.json"), holed);

  test("gives each customer the mean of the shares that ml-random-forest's own trees give", () => {
    const forest = grownByLibrary(holed, label, 20);
    const shares = forest.map(({ share }) => share);
    const mean = holed.columns[0]?.map((_, row) => shares.reduce((sum, share) => sum + share(row), 0) / 20);
    expect(largestDifference(ours, mean ?? [])).toBeLessThan(1e-6);
  });

  test("lets each tree vote as ml-random-forest's own predictions do", async () => {
    const [tree] = grownByLibrary(holed, label, 1);
    const { json } = await engine.train({ ...request, rounds: 1 });
    const votes = predictProbability(parseBooster(json, "model.json"), holed).map((share) => Number(share > 0.5));
    expect(Array.from(votes)).toEqual(tree?.votes);
  });

  test.each(["1.7.6", "2.1.4", "3.4.1"])(
    "is read by Python's xgboost %s with our probabilities, all bits",
    async (version) => {
      const golden = z.object({ model_sha256: z.string(), probability: z.string() });
      const file = new URL(`../../golden/forest-${version}.json`, import.meta.url);
      const { model_sha256, probability } = golden.parse(JSON.parse(await readFile(file, "utf8")));
      expect(createHash("sha256").update(model.json).digest("hex")).toBe(model_sha256);
      expect(ours).toEqual(float32(probability));
    },
  );

  test("tells customers apart, and each tree when it is grown", () => {
    expect(rocAucScore(label, ours)).toBeGreaterThan(0.8);
    expect(told).toEqual(Array.from({ length: 20 }, (_, tree) => [tree + 1, 20]));
  });

  test("tells every parameter", () => {
    expect(model.parameters).toEqual({
      objective: "reg:squarederror",
      num_parallel_tree: "20",
      max_depth: "5",
      seed: "42",
      colsample_bytree: "0.8",
      max_samples: "500",
    });
    expect(engine.version).toBe("ml-random-forest 2.1.0");
  });
});

test("a forest of more trees begins with one of fewer, and another seed grows another", async () => {
  const grown = async (rounds: number, seed = 42) => {
    const { json } = await engine.train({ ...request, maxSamples: 100, rounds, params: { ...params, seed } });
    return parseBooster(json, "model.json").forest;
  };
  const [two, three, other] = [await grown(2), await grown(3), await grown(2, 43)];
  expect(three.feature.subarray(0, two.feature.length)).toEqual(two.feature);
  expect(other.feature).not.toEqual(two.feature);
});

test("trees are no deeper than max_depth, 0 being no limit, and know as many features as are drawn", async () => {
  const leaves = async (given: object, maxSamples = 300) => {
    const { json } = await engine.train({ ...request, rounds: 1, maxSamples, params: { ...params, ...given } });
    const { feature } = parseBooster(json, "model.json").forest;
    return { leaves: feature.filter((split) => split === -1).length, features: new Set(feature).size - 1 };
  };
  expect(await leaves({ max_depth: 1 })).toEqual({ leaves: 2, features: 1 });
  expect((await leaves({ max_depth: 3 })).leaves).toBeLessThanOrEqual(8);
  expect((await leaves({ max_depth: 0 })).leaves).toBeGreaterThan(8);
  expect(await leaves({ max_depth: 0, colsample_bytree: 0.1 })).toMatchObject({ features: 1 });
});

/** What ml-random-forest itself makes of the customers that the engine draws. */
function grownByLibrary({ columns, featureNames }: Matrix, labels: Uint8Array, trees: number) {
  const filled = fillMissing({ columns });
  const row = (at: number) => filled.columns.map((column) => column[at] ?? 0);
  const all = Array.from(labels, (_, at) => row(at));
  const draws = bootstraps(42, labels.length, 500);
  return Array.from({ length: trees }, () => {
    const { rows, seed } = draws.next().value;
    const treeOptions = { maxDepth: 5 };
    const maxFeatures = 0.8;
    const options = { nEstimators: 1, seed, useSampleBagging: false, noOOB: true, replacement: false };
    const forest = new RandomForestClassifier({ ...options, maxFeatures, treeOptions });
    forest.train(
      Array.from(rows, (at) => row(at)),
      Array.from(rows, (at) => labels[at] ?? 0),
    );
    const [chosen] = forest.indexes;
    expect(chosen).toHaveLength(featureNames.length * maxFeatures);
    return {
      votes: forest.predict(all),
      share: (at: number) => {
        const customer = all[at] ?? [];
        const shares = forest.estimators[0]?.root.classify(chosen?.map((index) => customer[index] ?? 0) ?? []);
        return shares !== undefined && shares.columns > 1 ? shares.get(0, 1) : 0;
      },
    };
  });
}
