import type { Tree } from "../../model/model-json.ts";
import { float32NotBelow } from "../next-up.ts";
import type { GrownNode, Job } from "./thread.ts";

const NO_PARENT = 0x7fff_ffff;

/**
 * A tree of ml-random-forest as one of XGBoost's: everybody goes the same way, and a leaf is the share of churners among those
 * whom the tree was grown on, divided by the number of trees, so that their sum is the forest's probability.
 *
 * @param nodes    the root first, every other one after its parent
 * @param grownOn  the customers that it was grown on, who are counted at each node
 * @param fills    what stood for a missing value, a feature each: a missing value goes where that goes
 * @param most     the largest leaf, as `largestLeaf` gives it
 */
export function convertTree(
  nodes: readonly GrownNode[],
  { values, label, featureCount }: Pick<Job, "values" | "label" | "featureCount">,
  { fills, treeCount, most }: { readonly fills: Float32Array; readonly treeCount: number; readonly most: number },
): Tree {
  const parents = new Int32Array(nodes.length).fill(NO_PARENT);
  for (const [index, node] of nodes.entries()) {
    if ("share" in node) continue;
    parents[node.left] = index;
    parents[node.right] = index;
  }
  const customers = new Float64Array(nodes.length);
  const churners = new Float64Array(nodes.length);
  for (const [row, churned] of label.entries()) {
    let at = 0;
    for (let node = nodes[at]; node !== undefined; node = nodes[at]) {
      customers[at] = (customers[at] ?? 0) + 1;
      churners[at] = (churners[at] ?? 0) + churned;
      if ("share" in node) break;
      at = (values[row * featureCount + node.feature] ?? 0) < node.threshold ? node.left : node.right;
    }
  }
  return nodes.map((node, index) => {
    const parent = parents[index] ?? NO_PARENT;
    const sumHessian = customers[index] ?? 0;
    if ("share" in node) {
      const value = Math.min(Math.fround(node.share / treeCount), most);
      const end = { left: -1, right: -1, feature: 0, missingGoesLeft: false, lossChange: 0 };
      return { parent, ...end, value, sumHessian, baseWeight: value };
    }
    return {
      parent,
      left: node.left,
      right: node.right,
      feature: node.feature,
      missingGoesLeft: (fills[node.feature] ?? 0) < node.threshold,
      value: float32NotBelow(node.threshold),
      // What the split takes off the squared error, which is half of what it takes off Gini's impurity.
      lossChange: (node.gain * sumHessian) / 2,
      sumHessian,
      baseWeight: (churners[index] ?? 0) / sumHessian / treeCount,
    };
  });
}

/**
 * The largest leaf: 1 / treeCount, or as little below it as it takes for the sum of so many in float32 not to exceed 1. Whatever
 * leaves a customer falls into, their sum is no more than that of the largest ones, since each rounding keeps order.
 */
export function largestLeaf(treeCount: number): number {
  const fits = (leaf: number) => {
    let sum = 0;
    for (let tree = 0; tree < treeCount; tree += 1) sum = Math.fround(sum + leaf);
    return sum <= 1;
  };
  const whole = Math.fround(1 / treeCount);
  if (fits(whole)) return whole;
  let [low, high] = [Math.fround(whole / 2), whole];
  for (;;) {
    const middle = Math.fround((low + high) / 2);
    if (middle <= low || middle >= high) return low;
    if (fits(middle)) low = middle;
    else high = middle;
  }
}
