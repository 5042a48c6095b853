import { UsageError } from "../../errors.ts";
import { collect } from "../../matrix/customers.ts";
import { type Tree, writeModelJson } from "../../model/model-json.ts";
import { packageVersion } from "../../workspace/versions.ts";
import type { Engine, TrainedModel, TrainingRequest } from "../engine.ts";
import { requireTrainable } from "../trainable.ts";
import { bootstraps } from "./bootstrap.ts";
import { convertTree, largestLeaf } from "./convert.ts";
import { fillMissing } from "./missing.ts";
import { forestParameters } from "./parameters.ts";
import { type ForestThread, startForestThread } from "./thread.ts";

/**
 * Random forests of the mljs project: every split between two values of different classes is tried, so it is exact and slow, and a
 * tree is grown on some hundred customers. It works in a thread of its own.
 *
 * @throws {ServiceError} when the library doesn't load
 */
export async function openMljsEngine(): Promise<Engine> {
  const thread = await startForestThread();
  return {
    name: "mljs",
    version: `ml-random-forest ${packageVersion("ml-random-forest")}`,
    train: (request) => train(thread, request),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}

async function train(thread: ForestThread, request: TrainingRequest): Promise<TrainedModel> {
  const { customers, algorithm, rounds: treeCount, params, maxSamples, validation, onRound } = request;
  if (algorithm !== "random-forest") {
    throw new UsageError(`the mljs engine doesn't train ${algorithm}`, "set train.engine to auto in churn.yaml");
  }
  if (validation !== undefined) {
    throw new UsageError(
      "the mljs engine can't judge its trees by other customers",
      "train without a validation slice",
    );
  }
  requireTrainable(customers);
  const { featureNames, rowCount } = customers;
  const featureCount = featureNames.length;
  const { maxDepth, seed, features, samples, sent } = forestParameters(params, { rowCount, featureCount, maxSamples });
  const { matrix, label } = await collect(customers);
  const { columns, fills } = fillMissing(matrix);
  const most = largestLeaf(treeCount);

  const trees: Tree[] = [];
  for (const draw of bootstraps(seed, rowCount, samples)) {
    const drawn = {
      values: Float32Array.from({ length: samples * featureCount }, (_, index) => {
        const row = draw.rows[Math.floor(index / featureCount)] ?? 0;
        return columns[index % featureCount]?.[row] ?? 0;
      }),
      label: Uint8Array.from(draw.rows, (row) => label[row] ?? 0),
      featureCount,
    };
    const nodes = await thread.grow({ ...drawn, features, seed: draw.seed, maxDepth });
    trees.push(convertTree(nodes, drawn, { fills, treeCount, most }));
    onRound?.(trees.length, treeCount);
    if (trees.length === treeCount) break;
  }
  const objective = "reg:squarederror";
  const json = writeModelJson({
    objective,
    featureNames,
    baseScore: 0,
    scalePosWeight: 1,
    parallelTrees: treeCount,
    trees,
  });
  return { json, parameters: { objective, num_parallel_tree: String(treeCount), ...sent }, warnings: [] };
}
