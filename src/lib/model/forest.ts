import { counted } from "../cli/numbers.ts";
import type { ModelTree } from "./model-schema.ts";

/** All trees' nodes in flat arrays, one entry a node, children by their number in these arrays. */
export interface Forest {
  /** each tree's first node, in order */
  readonly roots: Int32Array;
  /** the feature that a node splits on, -1 at a leaf */
  readonly feature: Int32Array;
  /** a split's threshold (smaller goes left), or a leaf's value */
  readonly value: Float32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** 1 where a missing value goes left */
  readonly missingGoesLeft: Uint8Array;
}

/** Levels of a tree: XGBoost's own have some dozens. Between two looks at the clock a block of rows walks down one tree. */
const DEEPEST = 10_000;
const NO_PARENT = 2_147_483_647;

/**
 * Puts trees one after the other, after walking each from its root: every child is in the tree, has one parent, and
 * splits on a feature that exists. So scoring needs no checks and always ends.
 *
 * @returns the forest, or a sentence on what is wrong
 */
export function flattenTrees(trees: readonly ModelTree[], featureCount: number): Forest | string {
  const nodeCount = trees.reduce((sum, tree) => sum + tree.left_children.length, 0);
  const forest = {
    roots: new Int32Array(trees.length),
    feature: new Int32Array(nodeCount).fill(-1),
    value: new Float32Array(nodeCount),
    left: new Int32Array(nodeCount),
    right: new Int32Array(nodeCount),
    missingGoesLeft: new Uint8Array(nodeCount),
  };
  let offset = 0;
  for (const [index, tree] of trees.entries()) {
    const problem = checkTree(tree, featureCount);
    if (problem !== undefined) return `tree ${index}: ${problem}`;
    forest.roots[index] = offset;
    for (const [node, left] of tree.left_children.entries()) {
      const at = offset + node;
      forest.value[at] = tree.split_conditions[node] ?? 0;
      if (left === -1) continue;
      forest.feature[at] = tree.split_indices[node] ?? -1;
      forest.left[at] = offset + left;
      forest.right[at] = offset + (tree.right_children[node] ?? 0);
      forest.missingGoesLeft[at] = Number(tree.default_left[node]);
    }
    offset += tree.left_children.length;
  }
  return forest;
}

/** Splits on each tree's longest way down, in the trees' order. */
export function levelsOf({ roots, feature, left, right }: Forest): number[] {
  return Array.from(roots, (root) => {
    let levels = 0;
    const open = [{ node: root, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { node, depth } = next;
      if ((feature[node] ?? -1) < 0) levels = Math.max(levels, depth);
      else open.push({ node: left[node] ?? 0, depth: depth + 1 }, { node: right[node] ?? 0, depth: depth + 1 });
    }
    return levels;
  });
}

function checkTree(tree: ModelTree, featureCount: number): string | undefined {
  const { left_children: left, right_children: right, parents, split_indices, split_conditions, default_left } = tree;
  const { num_nodes: nodeCount, num_deleted: deletedCount } = tree.tree_param;
  const arrays = [left, right, parents, split_indices, split_conditions, default_left, tree.split_type ?? left];
  if (nodeCount === 0) return "it has no nodes";
  if (arrays.some((array) => array.length !== nodeCount))
    return `not every list has ${counted(nodeCount, "entry", "entries")}, one a node`;
  if (tree.split_type?.some((type) => type !== 0)) return "it has categorical splits, which are not supported";
  if (parents[0] !== NO_PARENT) return `node 0 is the root and has parent ${parents[0]}`;

  const seen = new Uint8Array(nodeCount);
  const depth = new Uint16Array(nodeCount);
  const open = [0];
  seen[0] = 1;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!Number.isFinite(Math.fround(split_conditions[node] ?? Number.NaN))) return `node ${node} has no finite value`;
    const children = [left[node] ?? -1, right[node] ?? -1];
    if (children.every((child) => child === -1)) continue;
    const feature = split_indices[node] ?? -1;
    if (feature < 0 || feature >= featureCount) return `node ${node} splits on feature ${feature} of ${featureCount}`;
    for (const child of children) {
      if (child < 0 || child >= nodeCount) return `node ${node} has child ${child} of ${counted(nodeCount, "node")}`;
      if (seen[child] === 1 || parents[child] !== node) return `node ${child} is not a child of node ${node} alone`;
      seen[child] = 1;
      depth[child] = (depth[node] ?? 0) + 1;
      if (depth[child] > DEEPEST) return `it is more than ${counted(DEEPEST, "level")} deep`;
      open.push(child);
    }
  }
  // Nodes that pruning deleted stay in the lists, out of reach.
  const reached = seen.reduce((sum, mark) => sum + mark, 0);
  if (reached !== nodeCount - (deletedCount ?? 0))
    return `${reached} of ${counted(nodeCount, "node")} can be reached from the root`;
  return undefined;
}
