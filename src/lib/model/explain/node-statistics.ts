import type { BoosterOfTrees } from "../booster.ts";

/** What training noted at each node, by the nodes' numbers in the forest; float32 as XGBoost keeps it. */
export interface NodeStatistics {
  /** the sum of the train customers' hessians: how many pass through the node, as training weighs them */
  readonly cover: Float32Array;
  /** how much a split has lowered the loss; of no meaning at a leaf */
  readonly gain: Float32Array;
}

/**
 * Reads sum_hessian and loss_changes, which scoring does without: a model that lacks them or has nonsense there is scored all
 * the same, and not explained. Nodes that pruning left out of reach are not looked at.
 *
 * @returns the statistics, or a sentence on what is wrong
 */
export function nodeStatistics({ booster: { forest }, trees }: BoosterOfTrees): NodeStatistics | string {
  const { roots, feature, left, right } = forest;
  const cover = new Float32Array(feature.length);
  const gain = new Float32Array(feature.length);
  for (const [index, { left_children, sum_hessian, loss_changes }] of trees.entries()) {
    const size = left_children.length;
    if (!isListOf(size, sum_hessian)) return `tree ${index} doesn't say how many customers pass a node (sum_hessian)`;
    if (!isListOf(size, loss_changes)) return `tree ${index} doesn't say what its splits gain (loss_changes)`;
    const root = roots[index] ?? 0;
    cover.set(sum_hessian, root);
    gain.set(loss_changes, root);
    const open = [root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const passing = cover[node] ?? Number.NaN;
      const isSplit = (feature[node] ?? -1) >= 0;
      // What has no customers can't be split by them. XGBoost itself would divide by zero here.
      if (!(Number.isFinite(passing) && (isSplit ? passing > 0 : passing >= 0)))
        return `tree ${index}: node ${node - root} has a sum_hessian of ${passing}`;
      if (!isSplit) continue;
      if (!Number.isFinite(gain[node])) return `tree ${index}: node ${node - root} has a loss_change of ${gain[node]}`;
      open.push(left[node] ?? 0, right[node] ?? 0);
    }
  }
  return { cover, gain };
}

function isListOf(size: number, value: unknown): value is number[] {
  return Array.isArray(value) && value.length === size && value.every((entry) => typeof entry === "number");
}
