import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseBoosterOfTrees, predictMargin } from "../../../src/lib/model/booster.ts";
import { nodeStatistics } from "../../../src/lib/model/explain/node-statistics.ts";
import { modelText } from "../../support/random-trees.ts";

const split = { feature: 0, at: 0.5, missingGoesLeft: true, left: 1, right: 2, part: 0.25 };
const text = modelText([0.5, split], 1);
const statisticsOf = (model: string) => nodeStatistics(parseBoosterOfTrees(model, "model.json"));

test("covers and gains are numbered as the forest's nodes are", () => {
  expect(statisticsOf(text)).toEqual({ cover: Float32Array.of(100, 100, 25, 75), gain: Float32Array.of(0, 0.5, 0, 0) });
});

test.each([
  [
    "no covers",
    /"sum_hessian":\[[^\]]*,[^\]]*\]/,
    '"x":1',
    "tree 1 doesn't say how many customers pass a node (sum_hessian)",
  ],
  ["no gains", /"loss_changes":\[[^\]]*,[^\]]*\]/, '"x":1', "tree 1 doesn't say what its splits gain (loss_changes)"],
  [
    "texts",
    /"sum_hessian":\[[^\]]*,[^\]]*\]/,
    '"sum_hessian":["a","b","c"]',
    "tree 1 doesn't say how many customers pass a node (sum_hessian)",
  ],
  [
    "a list of another length",
    /"sum_hessian":\[[^\]]*,[^\]]*\]/,
    '"sum_hessian":[1E0]',
    "tree 1 doesn't say how many customers pass a node (sum_hessian)",
  ],
  [
    "a split without customers",
    /"sum_hessian":\[[^\]]*,[^\]]*\]/,
    '"sum_hessian":[0E0,0E0,0E0]',
    "tree 1: node 0 has a sum_hessian of 0",
  ],
  [
    "a negative cover",
    /"sum_hessian":\[[^\]]*,[^\]]*\]/,
    '"sum_hessian":[1E0,2E0,-1E0]',
    "tree 1: node 2 has a sum_hessian of -1",
  ],
  [
    "a cover beyond float32",
    /"sum_hessian":\[[^\]]*,[^\]]*\]/,
    '"sum_hessian":[1E0,1E39,1E0]',
    "tree 1: node 1 has a sum_hessian of Infinity",
  ],
  [
    "an infinite gain",
    /"loss_changes":\[[^\]]*,[^\]]*\]/,
    '"loss_changes":[1E999,0E0,0E0]',
    "tree 1: node 0 has a loss_change of Infinity",
  ],
])("%s: the model is scored as before, and isn't explained", (_, list, put, problem) => {
  const harmed = text.replace(list, put);
  expect(harmed).not.toBe(text);
  expect(statisticsOf(harmed)).toBe(problem);
  const matrix = { featureNames: ["f0"], rowCount: 1, columns: [Float32Array.of(1)] };
  const margin = (model: string) => predictMargin(parseBoosterOfTrees(model, "model.json").booster, matrix);
  expect(margin(harmed)).toEqual(margin(text));
});

test("nodes that pruning left out of reach may hold anything", async () => {
  const foreign = await readFile(new URL("../../golden/foreign-model.json", import.meta.url), "utf8");
  const { booster, trees } = parseBoosterOfTrees(foreign, "model.json");
  const deleted = trees.findIndex(({ tree_param }) => (tree_param.num_deleted ?? 0) > 0);
  const pruned = trees[deleted];
  if (pruned === undefined) throw new Error("the golden model has no pruned tree");
  const reached = new Set([0, ...pruned.left_children, ...pruned.right_children]);
  const sums = Array.isArray(pruned.sum_hessian) ? pruned.sum_hessian : [];
  const harmed = { ...pruned, sum_hessian: sums.map((sum, node) => (reached.has(node) ? sum : -1)) };
  expect(harmed.sum_hessian).toContain(-1);
  expect(nodeStatistics({ booster, trees: trees.with(deleted, harmed) })).not.toBeTypeOf("string");
});
