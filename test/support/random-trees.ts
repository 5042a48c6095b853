import fc from "fast-check";
import { type Tree, type TreeNode, writeModelJson } from "../../src/lib/model/model-json.ts";

/** A split by a feature at a value, or a leaf's value. */
export type Shape =
  | number
  | { feature: number; at: number; missingGoesLeft: boolean; left: Shape; right: Shape; part: number };

const NO_PARENT = 2_147_483_647;

/** Trees up to a depth over so many features; a way below a split may have no train customer at all. */
export function shapeOf(features: number, depth: number): fc.Arbitrary<Shape> {
  const { tree } = fc.letrec<{ leaf: Shape; split: Shape; tree: Shape }>((tie) => ({
    leaf: fc.float({ min: -2, max: 2, noNaN: true }),
    split: fc.record({
      feature: fc.nat(features - 1),
      at: fc.constantFrom(-1, 0, 0.5, 1, 2),
      missingGoesLeft: fc.boolean(),
      left: tie("tree"),
      right: tie("tree"),
      part: fc.constantFrom(0, 0.01, 0.3, 0.5, 0.9, 1),
    }),
    tree: fc.oneof({ maxDepth: depth, withCrossShrink: true }, tie("leaf"), tie("split")),
  }));
  return tree;
}

/** Nodes as XGBoost numbers them, with covers; a split that no customer gets to becomes a leaf. */
function treeOf(shape: Shape): Tree {
  const nodes: TreeNode[] = [];
  const add = (part: Shape, parent: number, cover: number): number => {
    const node = nodes.length;
    const base = { parent, sumHessian: cover, baseWeight: 0 };
    const leaf = { ...base, left: -1, right: -1, feature: 0, missingGoesLeft: false, lossChange: 0 };
    if (typeof part === "number" || cover === 0) {
      nodes.push({ ...leaf, value: typeof part === "number" ? part : 0.25 });
      return node;
    }
    nodes.push({ ...leaf, value: part.at });
    const left = add(part.left, node, Math.fround(cover * part.part));
    const right = add(part.right, node, Math.fround(cover - Math.fround(cover * part.part)));
    const { feature, missingGoesLeft, at } = part;
    nodes[node] = { ...base, left, right, feature, missingGoesLeft, value: at, lossChange: node + 0.5 };
    return node;
  };
  add(shape, NO_PARENT, 100);
  return nodes;
}

/** A model's file. Its features are called f0, f1, … */
export function modelText(shapes: readonly Shape[], features: number): string {
  return writeModelJson({
    objective: "binary:logistic",
    featureNames: Array.from({ length: features }, (_, index) => `f${index}`),
    baseScore: 0.3,
    scalePosWeight: 1,
    parallelTrees: 1,
    trees: shapes.map(treeOf),
  });
}

/** Splits below one another, each by the next feature: as many levels as are asked for. */
export function chain(levels: number, features: number): Shape {
  let shape: Shape = 1;
  for (let level = levels; level > 0; level -= 1) {
    shape = {
      feature: level % features,
      at: 0.5,
      missingGoesLeft: level % 3 === 0,
      left: shape,
      right: -1 / level,
      part: 0.9,
    };
  }
  return shape;
}
