import type { Booster } from "../booster.ts";
import type { NodeStatistics } from "./node-statistics.ts";
import { gaussLegendre, type Quadrature } from "./quadrature.ts";

/** A model's trees as they are walked for contributions. */
export interface ShapPlan {
  readonly booster: Booster;
  readonly trees: readonly TreePlan[];
  /** the margin without a customer: what all contributions start from */
  readonly bias: number;
  /** steps that one row takes: nodes × points, of all trees */
  readonly rowSteps: number;
}

/**
 * A tree's nodes in the order of a walk, parents first and left before right; a node stands for the branch that leads to it
 * as well. The root leads nowhere and stands for no branch.
 */
export interface TreePlan {
  /** the node's number in the forest */
  readonly node: Int32Array;
  readonly depth: Int32Array;
  /** the depth of the nearest branch above that splits by the same feature, 0 where there is none */
  readonly earlier: Int32Array;
  /** of the customers who get to the split of the earlier branches of the same feature, the share that takes all of them */
  readonly share: Float64Array;
  /** levels below the root */
  readonly levels: number;
  readonly rule: Quadrature;
}

/**
 * The most different features on one way from the root to a leaf: what a step costs grows with them. XGBoost's default depth
 * is 6.
 */
const MOST_FEATURES_ON_A_PATH = 100;

/** A share below this counts as none: it would be lost in a double's smallest numbers. */
export const LEAST_SHARE = 1e-300;

/**
 * Prepares a model's trees. What is found here doesn't depend on a customer.
 *
 * @returns the plan, or a sentence on why the model can't be explained
 */
export function planShap(booster: Booster, { cover }: NodeStatistics): ShapPlan | string {
  const rules = new Map<number, Quadrature>();
  const trees: TreePlan[] = [];
  let bias = booster.baseMargin;
  let rowSteps = 0;
  for (const [index, root] of booster.forest.roots.entries()) {
    const { expected, features, ...walk } = walkTree(booster, cover, root);
    if (features > MOST_FEATURES_ON_A_PATH)
      return `tree ${index} has ${features} features on one path, more than ${MOST_FEATURES_ON_A_PATH}`;
    const points = Math.max(1, Math.ceil(features / 2));
    const rule = rules.get(points) ?? gaussLegendre(points);
    rules.set(points, rule);
    bias += expected;
    rowSteps += walk.node.length * points;
    if (walk.levels > 0) trees.push({ ...walk, rule });
  }
  return { booster, trees, bias, rowSteps };
}

/** A tree's nodes in order, the mean of its leaves over the train customers, and the most different features of a path. */
function walkTree({ forest, featureNames }: Booster, cover: Float32Array, root: number) {
  const { feature, value, left, right } = forest;
  const nodes: number[] = [];
  const depths: number[] = [];
  const earlier: number[] = [];
  const shares: number[] = [];
  /** by depth: the node, its feature's earlier branch, its share, and the share of all train customers who get there */
  const path: { node: number; branch: number; before: number; share: number; reach: number }[] = [];
  /** by feature: the depth of its last branch on the path */
  const last = new Int32Array(featureNames.length);
  let distinct = 0;
  let features = 0;
  let levels = 0;
  let expected = 0;
  const open = [{ node: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    while (path.length > depth) {
      const gone = path.pop();
      if (gone === undefined || gone.branch < 0) continue;
      last[gone.branch] = gone.before;
      if (gone.before === 0) distinct -= 1;
    }
    const above = path[depth - 1];
    const branch = above === undefined ? -1 : (feature[above.node] ?? -1);
    const before = last[branch] ?? 0;
    const taken = above === undefined ? 1 : (cover[node] ?? 0) / (cover[above.node] ?? 0);
    const share = (path[before]?.share ?? 1) * taken;
    const reach = (above?.reach ?? 1) * taken;
    path.push({ node, branch, before, share, reach });
    if (branch >= 0) {
      if (before === 0) distinct += 1;
      last[branch] = depth;
      features = Math.max(features, distinct);
    }
    nodes.push(node);
    depths.push(depth);
    earlier.push(before);
    shares.push(share);
    levels = Math.max(levels, depth);
    if ((feature[node] ?? -1) < 0) expected += (value[node] ?? 0) * reach;
    else open.push({ node: right[node] ?? 0, depth: depth + 1 }, { node: left[node] ?? 0, depth: depth + 1 });
  }
  return {
    node: Int32Array.from(nodes),
    depth: Int32Array.from(depths),
    earlier: Int32Array.from(earlier),
    share: Float64Array.from(shares),
    levels,
    expected,
    features,
  };
}
