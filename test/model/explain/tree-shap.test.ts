import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import type { Matrix } from "../../../src/lib/matrix/matrix.ts";
import {
  type Booster,
  type BoosterOfTrees,
  parseBoosterOfTrees,
  predictMargin,
} from "../../../src/lib/model/booster.ts";
import { nodeStatistics } from "../../../src/lib/model/explain/node-statistics.ts";
import { planShap } from "../../../src/lib/model/explain/shap-plan.ts";
import { shapContributions } from "../../../src/lib/model/explain/tree-shap.ts";
import { float32, largestDifference } from "../../support/float32.ts";
import { chain, modelText, shapeOf } from "../../support/random-trees.ts";
import { telco, withHoles } from "../../support/telco.ts";

const golden = (name: string) => readFile(new URL(`../../golden/${name}`, import.meta.url), "utf8");
const foreign = parseBoosterOfTrees(await golden("foreign-model.json"), "foreign-model.json");
const customers = withHoles((await telco()).matrix);

test("contributions of a model with pruned, deep and shallow trees are those of Python's xgboost to 1e-5", async () => {
  const { rows, contributions } = z
    .object({ rows: z.int(), contributions: z.string() })
    .parse(JSON.parse(await golden("contributions.json")));
  const { rowCount, values } = contributionsOf(foreign, head(customers, rows));
  expect(rowCount).toBe(rows);
  expect(largestDifference(values, float32(contributions))).toBeLessThan(1e-5);
});

test("contributions and bias sum to each Telco customer's margin", () => {
  expect(
    largestDifference(sums(contributionsOf(foreign, customers)), predictMargin(foreign.booster, customers)),
  ).toBeLessThan(1e-5);
});

describe("random trees, where customers have missing values and ways may have none", () => {
  const FEATURES = 4;
  const value = fc.constantFrom(Number.NaN, -1.5, -1, 0, 0.25, 0.5, 1.5, 3);
  const rows = fc.array(fc.array(value, { minLength: FEATURES, maxLength: FEATURES }), { minLength: 1, maxLength: 4 });
  const models = fc
    .array(shapeOf(FEATURES, 6), { minLength: 1, maxLength: 3 })
    .map((shapes) => parseBoosterOfTrees(modelText(shapes, FEATURES), "random"));

  test("contributions and bias sum to the margin", () => {
    fc.assert(
      fc.property(models, rows, (model, values) => {
        const matrix = matrixOf(values);
        const total = sums(contributionsOf(model, matrix));
        expect(largestDifference(total, predictMargin(model.booster, matrix))).toBeLessThan(1e-5);
      }),
    );
  });

  test("each is the mean over all orders of the features, by the definition", () => {
    fc.assert(
      fc.property(models, rows, (model, values) => {
        const matrix = matrixOf(values);
        const { values: ours } = contributionsOf(model, matrix);
        expect(largestDifference(ours, byDefinition(model, values))).toBeLessThan(1e-12);
      }),
    );
  });
});

test("rows of a tree that is too deep for one block are those of each row alone", () => {
  const model = parseBoosterOfTrees(modelText([chain(4_000, 20)], 20), "deep");
  const matrix = matrixOf(
    Array.from({ length: 40 }, (_, row) => Array.from({ length: 20 }, (_, at) => ((row * at) % 7) / 7)),
  );
  const all = contributionsOf(model, matrix);
  expect(largestDifference(sums(all), predictMargin(model.booster, matrix))).toBeLessThan(1e-5);
  for (const row of [0, 25, 39]) {
    const one = { ...matrix, rowCount: 1, columns: matrix.columns.map((column) => column.subarray(row, row + 1)) };
    expect(contributionsOf(model, one).values).toEqual(all.values.slice(row * 21, (row + 1) * 21));
  }
});

test("60 features on one path lose no digits", () => {
  const model = parseBoosterOfTrees(modelText([chain(60, 60)], 60), "deep");
  const matrix = matrixOf([Array.from({ length: 60 }, (_, at) => at / 60), new Array<number>(60).fill(0)]);
  expect(largestDifference(sums(contributionsOf(model, matrix)), predictMargin(model.booster, matrix))).toBeLessThan(
    1e-6,
  );
});

function contributionsOf(model: BoosterOfTrees, matrix: Matrix) {
  const statistics = nodeStatistics(model);
  if (typeof statistics === "string") throw new Error(statistics);
  const plan = planShap(model.booster, statistics);
  if (typeof plan === "string") throw new Error(plan);
  return shapContributions(plan, matrix);
}

function sums({ rowCount, values }: { rowCount: number; values: Float64Array }): Float64Array {
  const width = values.length / rowCount;
  return Float64Array.from({ length: rowCount }, (_, row) =>
    values.subarray(row * width, (row + 1) * width).reduce((sum, one) => sum + one, 0),
  );
}

function head(matrix: Matrix, rowCount: number): Matrix {
  return { ...matrix, rowCount, columns: matrix.columns.map((column) => column.subarray(0, rowCount)) };
}

function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  const features = rows[0]?.length ?? 0;
  return {
    featureNames: Array.from({ length: features }, (_, index) => `f${index}`),
    rowCount: rows.length,
    columns: Array.from({ length: features }, (_, index) => Float32Array.from(rows, (row) => row[index] ?? Number.NaN)),
  };
}

/** Shapley's own formula over all sets of features; shape (rows, features + 1). */
function byDefinition(model: BoosterOfTrees, rows: readonly (readonly number[])[]): Float64Array {
  const { booster } = model;
  const count = booster.featureNames.length;
  const statistics = nodeStatistics(model);
  if (typeof statistics === "string") throw new Error(statistics);
  const { cover } = statistics;
  const bits = (set: number) => set.toString(2).replaceAll("0", "").length;
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  return Float64Array.from(
    rows.flatMap((row) => {
      const worth = Array.from({ length: 2 ** count }, (_, known) => expectation(booster, cover, row, known));
      const moved = booster.featureNames.map((_, feature) =>
        worth.reduce((sum, value, set) => {
          if ((set >> feature) % 2 === 1) return sum;
          const weight = (factorial(bits(set)) * factorial(count - 1 - bits(set))) / factorial(count);
          return sum + weight * ((worth[set | (1 << feature)] ?? 0) - value);
        }, 0),
      );
      return [...moved, worth[0] ?? 0];
    }),
  );
}

/** The mean margin where the features of a set are known to be the row's, and the others go both ways by their covers. */
function expectation(
  { forest, baseMargin }: Booster,
  cover: Float32Array,
  row: readonly number[],
  known: number,
): number {
  const below = (node: number): number => {
    const feature = forest.feature[node] ?? -1;
    const value = forest.value[node] ?? 0;
    if (feature < 0) return value;
    const [left = 0, right = 0] = [forest.left[node], forest.right[node]];
    const found = row[feature] ?? Number.NaN;
    if ((known >> feature) % 2 === 1) {
      const goesLeft = Number.isNaN(found) ? forest.missingGoesLeft[node] === 1 : found < value;
      return below(goesLeft ? left : right);
    }
    return ((cover[left] ?? 0) * below(left) + (cover[right] ?? 0) * below(right)) / (cover[node] ?? 1);
  };
  return forest.roots.reduce((sum, root) => sum + below(root), baseMargin);
}
