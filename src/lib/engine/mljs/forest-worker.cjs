// @ts-check
"use strict";

const { parentPort } = require("node:worker_threads");

/*
 * The thread that grows trees, and the one door to ml-random-forest. thread.ts starts it. A thread starts from a file, and Node 20
 * from one of JavaScript, so this is one in the sources and in the build.
 *
 * A tree is a forest of one to the library. What customers it is grown on is decided elsewhere: the library's own way to grow
 * trees on fewer customers takes the first ones for all of them.
 */

/**
 * @typedef {import("./thread.ts").Job} Job
 * @typedef {import("./thread.ts").Grown} Grown
 * @typedef {import("../thread.ts").Loaded} Loaded
 * @typedef {import("ml-random-forest").TreeNode} TreeNode
 */

/** @param {Loaded | Grown} word */
const tell = (word) => parentPort?.postMessage(word);

/** @type {typeof import("ml-random-forest").RandomForestClassifier | undefined} */
let Forest;
try {
  ({ RandomForestClassifier: Forest } = require("ml-random-forest"));
  tell({ loaded: true });
} catch (error) {
  tell({ failed: firstLine(error) });
}
parentPort?.on("message", (/** @type {Job} */ job) => tell(grow(job)));

/**
 * @param {Job} job
 * @returns {Grown}
 */
function grow({ values, label, featureCount, features, seed, maxDepth }) {
  if (Forest === undefined) return { failed: "it isn't loaded" };
  try {
    const forest = new Forest({
      nEstimators: 1,
      seed,
      useSampleBagging: false,
      noOOB: true,
      replacement: false,
      // A whole number of 1 would be taken for all of them, so this is a share that comes to as many and a half.
      maxFeatures: features === featureCount ? 1 : (features + 0.5) / featureCount,
      treeOptions: { maxDepth: maxDepth ?? Number.POSITIVE_INFINITY },
    });
    const rows = Array.from(label, (_, row) =>
      Array.from(values.subarray(row * featureCount, (row + 1) * featureCount)),
    );
    forest.train(rows, Array.from(label));
    const [tree] = forest.estimators;
    const [chosen] = forest.indexes;
    if (tree === undefined || chosen === undefined) return { failed: "it grew no tree" };
    return { nodes: nodesOf(tree.root, chosen) };
  } catch (error) {
    return { failed: firstLine(error) };
  }
}

/**
 * A tree's nodes in a list, the root first, level by level.
 *
 * @param {TreeNode} root
 * @param {readonly number[]} chosen  the features that it was grown on, by whose place in this list it names them
 */
function nodesOf(root, chosen) {
  const found = [root];
  const nodes = [];
  // What is found on the way is looked at in its turn.
  for (const { left, right, splitColumn, splitValue, gain, distribution } of found) {
    if (left !== undefined && right !== undefined) {
      const at = found.push(left, right) - 2;
      nodes.push({ feature: chosen[splitColumn] ?? -1, threshold: splitValue, gain, left: at, right: at + 1 });
    } else {
      // Where nobody churned there is one class alone.
      nodes.push({ share: distribution !== undefined && distribution.columns > 1 ? distribution.get(0, 1) : 0 });
    }
  }
  return nodes;
}

/** @param {unknown} reason  an Error or a text */
function firstLine(reason) {
  const text = reason instanceof Error ? reason.message : String(reason);
  return text.split("\n")[0] ?? "";
}
