import type { Booster } from "./booster.ts";
import type { NodeStatistics } from "./explain/node-statistics.ts";
import type { Forest } from "./forest.ts";
import { type Ubjson, writeUbjson } from "./write-ubjson.ts";

/** What a tree's root has for a parent. */
const NO_PARENT = 2_147_483_647;

/**
 * Writes a model for libxgboost to score with, in XGBoost's UBJSON, which keeps each float32 bit by bit. It is made of the checked
 * trees and of nothing else: no text of the file that they were read from, and no node that no way leads to.
 *
 * It is a model of reg:squarederror whose base score is the margin, so that its predictions are sums of leaves that start where
 * predictMargin of booster.ts starts. The library takes no logarithm, and one function makes a probability of a margin.
 *
 * @param statistics  what training noted at the nodes, where the model is to be explained
 * @returns as long as the model, and alone in its memory: libxgboost 3 reads beyond the length that it is told
 * @see model-json.ts for what each version of XGBoost needs
 */
export function writeModelUbjson(
  { forest, featureNames, baseMargin }: Booster,
  statistics: NodeStatistics | undefined,
): Uint8Array {
  const num_feature = String(featureNames.length);
  const trees = Array.from(forest.roots, (root, id) => treeOf(forest, statistics, { root, id, num_feature }));
  return writeUbjson({
    learner: {
      attributes: {},
      feature_names: [],
      feature_types: [],
      gradient_booster: {
        model: {
          gbtree_model_param: { num_parallel_tree: "1", num_trees: String(trees.length), size_leaf_vector: "0" },
          tree_info: trees.map(() => 0),
          trees,
        },
        name: "gbtree",
      },
      learner_model_param: {
        base_score: marginText(baseMargin),
        boost_from_average: "1",
        num_class: "0",
        num_feature,
        num_target: "1",
      },
      objective: { name: "reg:squarederror", reg_loss_param: { scale_pos_weight: "1" } },
    },
    version: [1, 7, 6],
  });
}

/** A tree's nodes as XGBoost numbers them: the root first, and the children of one node in a row. */
function treeOf(
  { feature, value, left, right, missingGoesLeft }: Forest,
  statistics: NodeStatistics | undefined,
  { root, id, num_feature }: { readonly root: number; readonly id: number; readonly num_feature: string },
): Ubjson {
  const nodes = [root];
  const parents = [NO_PARENT];
  const lefts: number[] = [];
  // It grows while it is walked.
  for (let number = 0; number < nodes.length; number += 1) {
    const node = nodes[number] ?? 0;
    if ((feature[node] ?? -1) < 0) {
      lefts.push(-1);
      continue;
    }
    lefts.push(nodes.length);
    nodes.push(left[node] ?? 0, right[node] ?? 0);
    parents.push(number, number);
  }
  const floats = (of: Float32Array | undefined) => Float32Array.from(nodes.map((node) => of?.[node] ?? 0));
  return {
    base_weights: new Float32Array(nodes.length),
    categories: new Int32Array(),
    categories_nodes: new Int32Array(),
    categories_segments: new BigInt64Array(),
    categories_sizes: new BigInt64Array(),
    default_left: Uint8Array.from(nodes.map((node) => missingGoesLeft[node] ?? 0)),
    id,
    left_children: Int32Array.from(lefts),
    loss_changes: floats(statistics?.gain),
    parents: Int32Array.from(parents),
    right_children: Int32Array.from(lefts.map((child) => (child < 0 ? -1 : child + 1))),
    split_conditions: floats(value),
    split_indices: Int32Array.from(nodes.map((node) => Math.max(feature[node] ?? 0, 0))),
    split_type: new Uint8Array(nodes.length),
    sum_hessian: floats(statistics?.cover),
    tree_param: { num_deleted: "0", num_feature, num_nodes: String(nodes.length), size_leaf_vector: "0" },
  };
}

/** The one number of a model that XGBoost wants as text. Nine digits are this float32 and lie far from any other. */
function marginText(margin: number): string {
  return Object.is(margin, -0) ? "-0.0" : margin.toExponential(8);
}
