/** A node of a tree: a split, or a leaf where both children are -1. */
export interface TreeNode {
  /** 2147483647 for the root */
  readonly parent: number;
  readonly left: number;
  readonly right: number;
  /** the feature's number; 0 at a leaf */
  readonly feature: number;
  /** where a missing value goes */
  readonly missingGoesLeft: boolean;
  /** a split's threshold (smaller goes left) or a leaf's value, learning rate applied; float32 */
  readonly value: number;
  readonly lossChange: number;
  readonly sumHessian: number;
  readonly baseWeight: number;
}

/** Nodes by number, the root first, each of them reachable from it. */
export type Tree = readonly TreeNode[];

/** What a sum of leaves is: log odds, or with reg:squarederror the probability itself. */
export type Objective = "binary:logistic" | "reg:squarederror";

export interface TreeModel {
  readonly objective: Objective;
  readonly featureNames: readonly string[];
  /** the probability that the sum starts from */
  readonly baseScore: number;
  readonly scalePosWeight: number;
  /** trees a round */
  readonly parallelTrees: number;
  readonly trees: readonly Tree[];
}

/**
 * Writes a booster in XGBoost's JSON model format, in the one form that every XGBoost from 1.7 to 3.4
 * reads alike.
 *
 * The traps, all of them silent in one version or another: base_score is a scalar (3.1 and later write "[5E-1]", which up
 * to 3.0 is read as 0.5), reg_loss_param and both num_trees are there (1.7 dies without), the size of leaf vectors is "0",
 * floats have a point or an exponent (an integer in their place is refused), keys are sorted. The same forest gives the
 * same text.
 */
export function writeModelJson({
  objective,
  featureNames,
  baseScore,
  scalePosWeight,
  parallelTrees,
  trees,
}: TreeModel): string {
  const featureCount = String(featureNames.length);
  const texts = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(",")}]`;
  const writeTree = (tree: Tree, id: number) => {
    const integers = (value: (node: TreeNode) => number) => `[${tree.map(value).join(",")}]`;
    const floats = (value: (node: TreeNode) => number) => `[${tree.map((node) => writeFloat(value(node))).join(",")}]`;
    return [
      `{"base_weights":${floats(({ baseWeight }) => baseWeight)}`,
      `"categories":[],"categories_nodes":[],"categories_segments":[],"categories_sizes":[]`,
      `"default_left":${integers(({ missingGoesLeft }) => Number(missingGoesLeft))}`,
      `"id":${id}`,
      `"left_children":${integers(({ left }) => left)}`,
      `"loss_changes":${floats(({ lossChange }) => lossChange)}`,
      `"parents":${integers(({ parent }) => parent)}`,
      `"right_children":${integers(({ right }) => right)}`,
      `"split_conditions":${floats(({ value }) => value)}`,
      `"split_indices":${integers(({ feature }) => feature)}`,
      `"split_type":${integers(() => 0)}`,
      `"sum_hessian":${floats(({ sumHessian }) => sumHessian)}`,
      `"tree_param":{"num_deleted":"0","num_feature":"${featureCount}","num_nodes":"${tree.length}","size_leaf_vector":"0"}}`,
    ].join(",");
  };
  return [
    `{"learner":{"attributes":{},"feature_names":${texts(featureNames)}`,
    `"feature_types":${texts(featureNames.map(() => "float"))}`,
    `"gradient_booster":{"model":{"gbtree_model_param":{"num_parallel_tree":"${parallelTrees}","num_trees":"${trees.length}","size_leaf_vector":"0"}`,
    `"tree_info":[${trees.map(() => 0).join(",")}]`,
    `"trees":[${trees.map(writeTree).join(",\n")}]},"name":"gbtree"}`,
    `"learner_model_param":{"base_score":"${writeFloat(baseScore)}","boost_from_average":"1","num_class":"0","num_feature":"${featureCount}","num_target":"1"}`,
    `"objective":{"name":"${objective}","reg_loss_param":{"scale_pos_weight":"${writeFloat(scalePosWeight)}"}}}`,
    `"version":[1,7,6]}`,
  ].join(",");
}

/** The shortest text that is this float32 again and that XGBoost takes for a float: 0.1, 1.0, 1.5e-8. */
function writeFloat(value: number): string {
  const float = Math.fround(value);
  if (!Number.isFinite(float)) throw new RangeError(`${value} can't stand in a model`);
  for (let digits = 6; digits < 9; digits += 1) {
    const rounded = Number(float.toPrecision(digits));
    if (Math.fround(rounded) === float) return withPoint(rounded);
  }
  return withPoint(Number(float.toPrecision(9)));
}

function withPoint(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
