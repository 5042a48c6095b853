import fc from "fast-check";
import { expect, test } from "vitest";
import { convertTree, largestLeaf } from "../../../src/lib/engine/mljs/convert.ts";
import { nextUp } from "../../../src/lib/engine/next-up.ts";
import { parseBooster, predictProbability } from "../../../src/lib/model/booster.ts";
import { writeModelJson } from "../../../src/lib/model/model-json.ts";

const NODES = [
  { feature: 0, threshold: 1.5, gain: 0.2, left: 1, right: 2 },
  { share: 0.25 },
  { feature: 1, threshold: -0.1, gain: 0.1, left: 3, right: 4 },
  { share: 1 },
  { share: 0 },
];
/** Seven customers of two features. */
const GROWN_ON = {
  values: Float32Array.of(1, 0, 1, 0, 1, 0, 1, 0, 2, -1, 2, -1, 2, 1),
  label: Uint8Array.of(1, 0, 0, 0, 1, 1, 0),
  featureCount: 2,
};
const convert = (treeCount: number, fills: number[]) =>
  convertTree(NODES, GROWN_ON, { fills: Float32Array.from(fills), treeCount, most: largestLeaf(treeCount) });

test("a tree has the customers at each node, what a split takes off the squared error, and shares of a forest's probability", () => {
  const tree = convert(2, [0, 0]);
  expect(tree.map(({ sumHessian }) => sumHessian)).toEqual([7, 4, 3, 2, 1]);
  expect(tree.map(({ value }) => value)).toEqual([1.5, 0.125, nextUp(Math.fround(-0.1)), 0.5, 0]);
  expect(tree.map(({ parent }) => parent)).toEqual([2_147_483_647, 0, 0, 2, 2]);
  expect(tree.map(({ lossChange }) => lossChange)).toEqual([expect.closeTo(0.7), 0, expect.closeTo(0.15), 0, 0]);
  expect(tree.map(({ baseWeight }) => baseWeight)).toEqual([3 / 7 / 2, 0.125, 1 / 3, 0.5, 0]);
});

test("a missing value goes where what stood for it goes", () => {
  const missing = { featureNames: ["x", "y"], rowCount: 1, columns: [Float32Array.of(NaN), Float32Array.of(NaN)] };
  const scored = (fills: number[]) => {
    const head = { objective: "reg:squarederror", featureNames: ["x", "y"], baseScore: 0, scalePosWeight: 1 } as const;
    const json = writeModelJson({ ...head, parallelTrees: 1, trees: [convert(1, fills)] });
    return predictProbability(parseBooster(json, "model.json"), missing)[0];
  };
  expect([scored([1, 0]), scored([2, -1]), scored([2, 1])]).toEqual([0.25, 1, 0]);
});

test("no sum of leaves is more than 1, nor are they much less than their share of it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_000 }), (treeCount) => {
      const leaf = largestLeaf(treeCount);
      const sum = new Float32Array(1);
      for (let tree = 0; tree < treeCount; tree += 1) sum[0] = (sum[0] ?? 0) + leaf;
      expect(sum[0]).toBeLessThanOrEqual(1);
      expect(leaf * treeCount).toBeGreaterThan(1 - treeCount * 2 ** -23);
    }),
  );
  expect([1, 2, 64].map(largestLeaf)).toEqual([1, 0.5, 1 / 64]);
});
