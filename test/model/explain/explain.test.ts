import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Matrix } from "../../../src/lib/matrix/matrix.ts";
import { parseBoosterOfTrees } from "../../../src/lib/model/booster.ts";
import { explainModel, planExplanation } from "../../../src/lib/model/explain/explain.ts";
import type { Explainer } from "../../../src/lib/model/explain/explainer.ts";
import { ScoringFailure } from "../../../src/lib/model/scorer.ts";
import { float32 } from "../../support/float32.ts";
import { chain, modelText, type Shape, shapeOf } from "../../support/random-trees.ts";
import { telco, withHoles } from "../../support/telco.ts";

const customers = withHoles((await telco()).matrix);
const golden = (name: string) => readFile(new URL(`../../golden/${name}`, import.meta.url), "utf8");
const foreign = await golden("foreign-model.json");

/** So many rows of the numbers 0, 1, 2 …, by seven. */
const rowsOf =
  (features: number, most = Number.POSITIVE_INFINITY) =>
  async (asked: number): Promise<Matrix> => {
    const rowCount = Math.min(asked, most);
    const column = (at: number) => Float32Array.from({ length: rowCount }, (_, row) => ((row + 1) * (at + 1)) % 7);
    const featureNames = Array.from({ length: features }, (_, index) => `f${index}`);
    return { featureNames, rowCount, columns: featureNames.map((_, index) => column(index)) };
  };
const explain = (shapes: readonly Shape[], features: number, most?: number) =>
  explainModel(planExplanation(parseBoosterOfTrees(modelText(shapes, features), "model.json")), rowsOf(features, most));

/** A complete tree of so many levels. */
const full = (levels: number, features: number): Shape =>
  levels === 0
    ? 1
    : {
        feature: levels % features,
        at: 3,
        missingGoesLeft: true,
        left: full(levels - 1, features),
        right: full(levels - 1, features),
        part: 0.5,
      };

test("the features of a Telco model, the strongest first, as Python's xgboost has them", async () => {
  const head = async (rowCount: number) => ({ ...customers, rowCount });
  const { importance, shap, problem } = await explainModel(
    planExplanation(parseBoosterOfTrees(foreign, "model.json")),
    head,
  );
  expect(problem).toBeUndefined();
  expect(importance?.[0]).toEqual({
    feature: "contract_type_Month-to-month",
    gain: 172.838,
    weight: 13,
    cover: 785.708,
  });
  expect(importance?.map(({ gain }) => gain)).toEqual(importance?.map(({ gain }) => gain).sort((a, b) => b - a));
  const known = float32(
    z.object({ contributions: z.string() }).parse(JSON.parse(await golden("contributions.json"))).contributions,
  );
  expect(shap).toMatchObject({ rows: 128, bias: Number(known[10]?.toPrecision(6)) });
  expect(shap?.features.slice(0, 3).map(({ feature }) => feature)).toEqual([
    "contract_type_Month-to-month",
    "monthly_charges",
    "tenure_months",
  ]);
  const means = customers.featureNames.map((feature, column) => {
    const values = Array.from({ length: 128 }, (_, row) => Math.abs(known[row * 11 + column] ?? Number.NaN));
    return { feature, mean_abs: expect.closeTo(values.reduce((sum, one) => sum + one, 0) / 128, 5) };
  });
  expect(new Set(shap?.features)).toEqual(new Set(means));
  const sorted = shap?.features.map(({ mean_abs }) => mean_abs) ?? [];
  expect(sorted).toEqual(sorted.toSorted((a, b) => b - a));
  expect(sorted.every((mean) => mean === Number(mean.toPrecision(6)))).toBe(true);
});

test("a model without splits has nothing that drives it", async () => {
  expect(await explain([0.25], 2)).toEqual({
    importance: [],
    shap: { rows: 128, bias: -0.597298, features: [] },
    explained_by: "churn",
    problem: undefined,
  });
});

test("the mean over fewer than ten customers would show what is one's own", async () => {
  const [few, enough] = await Promise.all([9, 10].map((rows) => explain([full(2, 2)], 2, rows)));
  expect(few).toMatchObject({ shap: null, problem: undefined, importance: [{}, {}] });
  expect(enough?.shap?.rows).toBe(10);
});

describe("a library that has the model at hand explains it", () => {
  /** One whose figures can't be taken for ours. */
  const library: Explainer = {
    name: "a library",
    contributions: async ({ rowCount }) => ({ rowCount, values: new Float64Array(rowCount * 3).fill(7) }),
    importance: async () => [{ feature: "f1", gain: 5, weight: 6, cover: 8 }],
  };
  const by = async (shape: Shape, sample = rowsOf(2), explainer = library, hear = (_: string) => {}) =>
    explainModel(planExplanation(parseBoosterOfTrees(modelText([shape], 2), "model.json")), sample, {
      explainer,
      hear,
    });
  const infinite = async (asked: number): Promise<Matrix> => {
    const { columns, ...matrix } = await rowsOf(2)(asked);
    return { ...matrix, columns: columns.map((column) => column.with(3, Number.NEGATIVE_INFINITY)) };
  };

  test("by its own figures, which are said to be its", async () => {
    expect(await by(chain(16, 2))).toEqual({
      importance: [{ feature: "f1", gain: 5, weight: 6, cover: 8 }],
      shap: { rows: 128, bias: 7, features: [{ feature: "f1", mean_abs: 7 }] },
      explained_by: "a library",
      problem: undefined,
    });
  });

  test.each(["contributions", "importance"])("and leaves to us what it fails at, which is said: %s", async (what) => {
    const failing = { ...library, [what]: () => Promise.reject(new ScoringFailure("libxgboost could not explain")) };
    const heard: string[] = [];
    const explained = await by(full(2, 2), undefined, failing, (sentence) => heard.push(sentence));
    expect(explained).toEqual(await explain([full(2, 2)], 2));
    expect(heard).toEqual(["libxgboost could not explain; churn's own code does it in its place"]);
    const defect = { ...library, [what]: () => Promise.reject(new TypeError("a defect")) };
    await expect(by(full(2, 2), undefined, defect)).rejects.toThrow("a defect");
  });

  test.each<[string, Shape, ((asked: number) => Promise<Matrix>)?]>([
    ["17 levels", chain(17, 2)],
    ["a way without train customers", { feature: 0, at: 3, missingGoesLeft: true, left: 1, right: -1, part: 1 }],
    ["an infinite value", full(2, 2), infinite],
    ["fewer customers than ten", full(2, 2), rowsOf(2, 9)],
  ])("and leaves to us what it can't, or not as exactly: %s", async (_, shape, sample) => {
    const { explained_by, importance, shap } = await by(shape, sample);
    expect(explained_by).toBe("churn");
    expect(importance?.map(({ feature }) => feature)).toContain("f0");
    expect(shap?.bias).not.toBe(7);
  });
});

describe("the work is bounded:", () => {
  test("10,000 leaves take as many customers as there are", async () => {
    const startedAt = performance.now();
    expect(await explain([full(13, 60)], 60)).toMatchObject({ shap: { rows: 128 }, problem: undefined });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test("60 levels likewise", async () => {
    const startedAt = performance.now();
    expect(await explain(new Array(100).fill(chain(60, 60)), 60)).toMatchObject({
      shap: { rows: 128 },
      problem: undefined,
    });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test("a large forest takes fewer", async () => {
    const { shap, problem } = await explain(new Array(30).fill(chain(2_000, 90)), 90);
    expect(problem).toBeUndefined();
    expect(shap?.rows).toBe(18);
  });

  test("one that is too large, or has too many features on a path, takes none", async () => {
    const asked = () => Promise.reject(new Error("no customers are wanted"));
    const explained = (shapes: readonly Shape[], features: number) =>
      explainModel(planExplanation(parseBoosterOfTrees(modelText(shapes, features), "model.json")), asked);
    expect(await explained(new Array(60).fill(chain(2_000, 90)), 90)).toMatchObject({
      importance: { length: 90 },
      shap: null,
      problem: "its trees are too large",
    });
    expect(await explained([1, chain(101, 101)], 101)).toMatchObject({
      shap: null,
      problem: "tree 1 has 101 features on one path, more than 100",
    });
  });
});

test("covers that no training gives end in figures or a sentence, and never in NaN", async () => {
  const cover = fc.oneof(fc.constantFrom(0, 1e-45, 1, 3.4e38, -1, Number.NaN), fc.float({ noNaN: true }));
  await fc.assert(
    fc.asyncProperty(shapeOf(3, 5), fc.infiniteStream(cover), async (shape, covers) => {
      const { booster, trees } = parseBoosterOfTrees(modelText([shape], 3), "model.json");
      const harmed = trees.map((tree) => ({ ...tree, sum_hessian: tree.left_children.map(() => covers.next().value) }));
      const { shap, problem } = await explainModel(planExplanation({ booster, trees: harmed }), rowsOf(3));
      if (problem !== undefined) expect(shap).toBeNull();
      else expect(shap?.features.every(({ mean_abs }) => Number.isFinite(mean_abs))).toBe(true);
      expect(JSON.stringify(shap)).not.toContain("null,");
    }),
  );
});
