import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openNativeEngine } from "../../../src/lib/engine/native/engine.ts";
import { findLibrary, type Library } from "../../../src/lib/engine/native/library.ts";
import { openNativeScorer } from "../../../src/lib/engine/native/scorer.ts";
import { parameters } from "../../../src/lib/engine/parameters.ts";
import { openWasmEngine } from "../../../src/lib/engine/wasm/engine.ts";
import { InputError } from "../../../src/lib/errors.ts";
import type { Matrix } from "../../../src/lib/matrix/matrix.ts";
import { putRows } from "../../../src/lib/matrix/rows.ts";
import { scoreMatrix } from "../../../src/lib/matrix/score.ts";
import {
  type Booster,
  parseBooster,
  parseBoosterOfTrees,
  predictMargin,
  predictProbability,
} from "../../../src/lib/model/booster.ts";
import { planExplanation } from "../../../src/lib/model/explain/explain.ts";
import { importanceOf } from "../../../src/lib/model/explain/importance.ts";
import { shapContributions } from "../../../src/lib/model/explain/tree-shap.ts";
import { parseForeignBooster } from "../../../src/lib/model/foreign-booster.ts";
import { type TreeNode, writeModelJson } from "../../../src/lib/model/model-json.ts";
import { bytesOf, largestDifference } from "../../support/float32.ts";
import { harmedBytes } from "../../support/hostile/bytes.ts";
import { Dice } from "../../support/hostile/dice.ts";
import { harmedJson } from "../../support/hostile/values.ts";
import { trainedOn } from "../../support/in-memory.ts";
import { libraries, newest } from "../../support/libxgboost.ts";
import { mlflowModel } from "../../support/mlflow-models.ts";
import { mulberry32 } from "../../support/mulberry32.ts";
import { chain, modelText, shapeOf } from "../../support/random-trees.ts";
import { telco, withHoles } from "../../support/telco.ts";

const { matrix, label } = await telco();
const holed = withHoles(matrix);
const ubjson = Buffer.from((await mlflowModel("booster-ubj")).get("model.ubj") ?? []);
const foreign = await readFile(new URL("../../golden/foreign-model.json", import.meta.url), "utf8");

/** The same customers, some of whom have values without an end. */
const infinite: Matrix = {
  ...holed,
  columns: holed.columns.map((column, index) =>
    column.map((value, row) =>
      (5 * row + index) % 17 === 0 ? (row % 2 === 0 ? 1 : -1) * Number.POSITIVE_INFINITY : value,
    ),
  ),
};

async function libraryOf(file: string): Promise<Library> {
  const { library } = await findLibrary(file, "/", { get: () => undefined });
  if (library === undefined) throw new Error(`no library ${file}`);
  return library;
}

/** Whether a library's margins are ours, bit by bit. */
async function isSame(library: Library, booster: Booster, customers: Matrix): Promise<boolean> {
  await using scorer = await openNativeScorer(library, { booster }, 2);
  const values = new Float32Array(customers.rowCount * customers.columns.length);
  putRows(customers.columns, { start: 0, size: customers.rowCount }, values);
  const margins = new Float32Array(new SharedArrayBuffer(4 * customers.rowCount));
  await scorer.margins(values, margins, Number.POSITIVE_INFINITY);
  return bytesOf(margins).equals(bytesOf(predictMargin(booster, customers)));
}

const trained = new Map<string, Promise<readonly Booster[]>>();

/** Exact trees, trees in bins and a forest, of customers with missing values. */
function modelsOf(file: string): Promise<readonly Booster[]> {
  const models = trained.get(file) ?? trainWith(file);
  trained.set(file, models);
  return models;
}

async function trainWith(file: string): Promise<readonly Booster[]> {
  await using engine = await openNativeEngine(await libraryOf(file));
  const train = async (change: object, rounds: number, algorithm: "xgboost" | "random-forest" = "xgboost") => {
    const params = parameters.parse(change);
    const { json } = await engine.train({ ...trainedOn(holed, label), algorithm, rounds, params, threads: 2 });
    return parseBooster(json, "model.json");
  };
  return [
    await train({ tree_method: "exact", max_depth: 5 }, 20),
    await train({ tree_method: "hist", max_depth: 9, subsample: 0.8, scale_pos_weight: 3, base_score: 0.2 }, 10),
    await train({ max_depth: 6, learning_rate: 1 }, 10, "random-forest"),
  ];
}

describe.skipIf(newest === "").for(libraries)("margins are ours to the last bit: %s", (file) => {
  test.for(libraries)("models of %s", async (trainedBy) => {
    const library = await libraryOf(file);
    for (const booster of await modelsOf(trainedBy)) {
      for (const customers of [holed, infinite]) {
        expect(await isSame(library, booster, customers)).toBe(true);
      }
    }
  });

  test("a model that early stopping has cut", async () => {
    const library = await libraryOf(file);
    await using engine = await openNativeEngine(library);
    const part = (from: number, to: number) => {
      const columns = holed.columns.map((column) => column.slice(from, to));
      return trainedOn({ ...holed, rowCount: to - from, columns }, label.slice(from, to));
    };
    const { json, judged } = await engine.train({
      ...part(0, 5000),
      algorithm: "xgboost",
      rounds: 30,
      params: parameters.parse({ learning_rate: 0.5 }),
      threads: 2,
      validation: part(5000, 7043).customers,
      stopping: { rounds: 5 },
    });
    const booster = parseBooster(json, "model.json");
    expect(booster.treeCount).toBe((judged?.bestRound ?? 0) + 1);
    expect(await isSame(library, booster, infinite)).toBe(true);
  });

  test("models of Python's newest, with pruned trees, and of the embedded engine", async () => {
    await using engine = await openWasmEngine();
    const params = parameters.parse({ tree_method: "hist" });
    const request = { ...trainedOn(holed, label), algorithm: "xgboost" as const, rounds: 10, params, threads: 1 };
    const { json } = await engine.train(request);
    for (const text of [foreign, json, foreign.replace('"binary:logistic"', '"reg:squarederror"')]) {
      expect(await isSame(await libraryOf(file), parseBooster(text, "model.json"), infinite)).toBe(true);
    }
  });

  test("whatever the bits of thresholds, leaves and margin are", async () => {
    const library = await libraryOf(file);
    const random = mulberry32(11);
    const edges = [0, -0, 2 ** -149, -(2 ** -149), 2 ** -126, 3.4028234663852886e38, -3.4028234663852886e38, 1, 0.1];
    const bits = new Uint32Array(1);
    const anyFloat = (): number => {
      if (random() < 0.1) return Math.fround(edges[Math.floor(random() * edges.length)] ?? 0);
      bits[0] = random() * 2 ** 32;
      const [float = Number.NaN] = new Float32Array(bits.buffer);
      return Number.isFinite(float) ? float : anyFloat();
    };
    for (let model = 0; model < 12; model += 1) {
      // Few trees, so that the first leaf's bits aren't lost in a sum.
      const stumps = Array.from({ length: 1 + (model % 3) }, () => stump(anyFloat(), anyFloat(), anyFloat()));
      const text = writeModelJson({ ...STUMPS, trees: stumps });
      const parsed = parseBooster(text, "model.json");
      // The text has no -0.
      const value = Float32Array.from(stumps.flatMap((nodes) => nodes.map((node) => node.value)));
      const booster = { ...parsed, baseMargin: anyFloat(), forest: { ...parsed.forest, value } };
      const thresholds = stumps.map(([root]) => root?.value ?? 0);
      const column = Float32Array.from([
        ...thresholds.flatMap((value) => [value, neighbour(value, 1), neighbour(value, -1), -value]),
        ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0],
        ...Array.from({ length: 30 }, anyFloat),
      ]);
      expect(
        await isSame(library, booster, {
          featureNames: ["x"],
          rowCount: column.length,
          columns: [column],
        }),
      ).toBe(true);
    }
  });

  test("a sum of nothing but -0", async () => {
    const parsed = parseBooster(writeModelJson({ ...STUMPS, trees: [stump(0.5, 0, 0)] }), "model.json");
    const booster = { ...parsed, baseMargin: -0, forest: { ...parsed.forest, value: Float32Array.of(0.5, -0, 0) } };
    const customers = { featureNames: ["x"], rowCount: 2, columns: [Float32Array.of(0, 1)] };
    expect([...predictMargin(booster, customers)]).toEqual([-0, 0]);
    expect(await isSame(await libraryOf(file), booster, customers)).toBe(true);
  });

  test("random trees, and a deep one", async () => {
    const library = await libraryOf(file);
    const value = fc.constantFrom(Number.NaN, -1.5, -1, 0, 0.25, 0.5, 1.5, 3);
    const rows = fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 20 });
    const models = fc.array(shapeOf(4, 6), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(models, rows, async (shapes, values) => {
        const columns = [0, 1, 2, 3].map((index) => Float32Array.from(values, (row) => row[index] ?? Number.NaN));
        const customers = { featureNames: ["f0", "f1", "f2", "f3"], rowCount: values.length, columns };
        expect(await isSame(library, parseBooster(modelText(shapes, 4), "model.json"), customers)).toBe(true);
      }),
      { numRuns: 15 },
    );
    const deep = parseBooster(modelText([chain(500, 4)], 4), "model.json");
    const columns = [0, 1, 2, 3].map((index) => Float32Array.from({ length: 50 }, (_, row) => (row * (index + 1)) % 3));
    expect(await isSame(library, deep, { featureNames: deep.featureNames, rowCount: 50, columns })).toBe(true);
  });

  test("ten thousand features", async () => {
    const library = await libraryOf(file);
    const random = mulberry32(3);
    const columns = Array.from({ length: 10_000 }, () => Float32Array.from({ length: 700 }, random));
    const featureNames = columns.map((_, index) => `f${index}`);
    const shapes = [0, 4_999, 9_999].map((feature) => ({
      ...{ feature, at: 0.5, missingGoesLeft: true, left: 1, right: -1, part: 0.5 },
    }));
    const booster = parseBooster(modelText(shapes, 10_000), "model.json");
    const wide = { featureNames, rowCount: 700, columns };
    await using scorer = await openNativeScorer(library, { booster }, 2);
    expect(await scoreMatrix(wide, scorer)).toEqual(predictProbability(booster, wide));
  });

  test("nobody, one, and more than a block", async () => {
    const library = await libraryOf(file);
    const booster = parseBooster(foreign, "model.json");
    await using scorer = await openNativeScorer(library, { booster }, 2);
    for (const rowCount of [0, 1, scorer.blockRows, 2 * scorer.blockRows + 3]) {
      const columns = holed.columns.map((column) =>
        Float32Array.from({ length: rowCount }, (_, row) => column[row % 7043] ?? 0),
      );
      const customers = { ...holed, rowCount, columns };
      const probability = await scoreMatrix(customers, scorer);
      expect(bytesOf(probability).equals(bytesOf(predictProbability(booster, customers)))).toBe(true);
    }
    await expect(scoreMatrix({ ...holed, featureNames: holed.featureNames.slice(1) }, scorer)).rejects.toThrow(
      "the customers lack a column that the model was trained on: tenure_months",
    );
  });

  test.for([
    ["a letter of it", (dice) => Buffer.from(anotherLetter(foreign, dice))],
    ["its values", (dice) => Buffer.from(JSON.stringify(harmedJson(JSON.parse(foreign), dice, "/nowhere")))],
    ["its bytes", (dice) => harmedBytes(Buffer.from(foreign), dice).bytes],
    ["bytes of UBJSON", (dice) => harmedBytes(ubjson, dice).bytes],
  ] as const satisfies readonly (readonly [string, (dice: Dice) => Buffer])[])(
    "a file that is harmed is refused before the library sees it, or scored as we do: %s",
    async ([, harm]) => {
      const library = await libraryOf(file);
      let [refused, scored] = [0, 0];
      for (let seed = 0; seed < 200 && (scored < 3 || refused < 6); seed += 1) {
        let booster: Booster;
        try {
          booster = parseForeignBooster(harm(new Dice(seed)), "model.json", false);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          refused += 1;
          continue;
        }
        scored += 1;
        if (scored > 5) continue;
        const columns = booster.featureNames.map((_, index) => holed.columns[index % 10] ?? new Float32Array(7043));
        expect(await isSame(library, booster, { featureNames: booster.featureNames, rowCount: 7043, columns })).toBe(
          true,
        );
      }
      expect(scored).toBeGreaterThan(2);
      expect(refused).toBeGreaterThan(5);
    },
  );
});

function anotherLetter(text: string, dice: Dice): string {
  const at = dice.below(text.length);
  return text.slice(0, at) + dice.one([...'0123456789-[]{},:"e.']) + text.slice(at + 1);
}

const STUMPS = {
  objective: "binary:logistic" as const,
  featureNames: ["x"],
  baseScore: 0.5,
  scalePosWeight: 1,
  parallelTrees: 1,
};

function stump(threshold: number, below: number, above: number): TreeNode[] {
  const base = { lossChange: 0, sumHessian: 1, baseWeight: 0, feature: 0, missingGoesLeft: threshold > 0 };
  return [
    { ...base, parent: 2_147_483_647, left: 1, right: 2, value: threshold },
    { ...base, parent: 0, left: -1, right: -1, value: below },
    { ...base, parent: 0, left: -1, right: -1, value: above },
  ];
}

/** The float32 whose bits are one more or less. */
function neighbour(value: number, step: number): number {
  const floats = Float32Array.of(value);
  const bits = new Int32Array(floats.buffer);
  bits[0] = (bits[0] ?? 0) + step;
  return floats[0] ?? 0;
}

describe.skipIf(newest === "").for(libraries)("what explains is as ours, to 1e-5: %s", (file) => {
  test("contributions, which sum to the margins, and importance", async () => {
    const library = await libraryOf(file);
    await using engine = await openNativeEngine(library);
    const some = { ...holed, rowCount: 128, columns: holed.columns.map((column) => column.slice(0, 128)) };
    for (const [max_depth, rounds] of [
      [5, 50],
      [16, 3],
    ] as const) {
      const params = parameters.parse({ max_depth, learning_rate: 0.1, base_score: 0.3 });
      const request = { ...trainedOn(holed, label), algorithm: "xgboost" as const, rounds, params, threads: 2 };
      const model = parseBoosterOfTrees((await engine.train(request)).json, "model.json");
      const { booster, statistics, shap } = planExplanation(model);
      if (statistics === undefined || shap === undefined) throw new Error("it can't be explained");
      await using scorer = await openNativeScorer(library, { booster, statistics }, 2);
      const { explainer } = scorer;
      if (explainer === undefined) throw new Error("it explains nothing");
      expect(explainer.name).toBe(`XGBoost ${library.version} (libxgboost)`);
      const { values } = await explainer.contributions(some);
      expect(largestDifference(values, shapContributions(shap, some).values)).toBeLessThan(1e-5);
      const width = booster.featureNames.length + 1;
      const sums = Float64Array.from({ length: 128 }, (_, row) =>
        values.subarray(row * width, (row + 1) * width).reduce((sum, one) => sum + one, 0),
      );
      expect(largestDifference(sums, predictMargin(booster, some))).toBeLessThan(1e-5);
      const [theirs, ours] = [await explainer.importance(), importanceOf(booster, statistics)];
      expect(theirs.map(({ feature, weight }) => ({ feature, weight }))).toEqual(
        ours.map(({ feature, weight }) => ({ feature, weight })),
      );
      for (const [index, { gain, cover }] of theirs.entries()) {
        expect(gain / (ours[index]?.gain ?? 0)).toBeCloseTo(1, 5);
        expect(cover / (ours[index]?.cover ?? 0)).toBeCloseTo(1, 5);
      }
    }
  });
});

describe.skipIf(newest === "")("the newest libxgboost", () => {
  test("leaves the event loop free, and frees the model once whatever happens", async () => {
    const library = await libraryOf(newest);
    const booster = parseBooster(foreign, "model.json");
    const columns = holed.columns.map((column) =>
      Float32Array.from({ length: 500_000 }, (_, row) => column[row % 7043] ?? 0),
    );
    const scorer = await openNativeScorer(library, { booster }, 1);
    let ticks = 0;
    const scoring = scoreMatrix({ ...holed, rowCount: 500_000, columns }, scorer).then(() => true);
    while (!(await Promise.race([scoring, setTimeout(1, false)]))) ticks += 1;
    expect(ticks).toBeGreaterThan(3);
    await scorer[Symbol.asyncDispose]();
    // There is nobody any more who could do it a second time.
    await scorer[Symbol.asyncDispose]();
    await expect(scorer.margins(new Float32Array(10), new Float32Array(1), 0)).rejects.toThrow("its thread ended");
  });
});
