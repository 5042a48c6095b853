import { UsageError } from "../../errors.ts";
import { type Tree, writeModelJson } from "../../model/model-json.ts";
import { packageVersion } from "../../workspace/versions.ts";
import type { Engine, LabelledMatrix, TrainedModel, TrainingRequest } from "../engine.ts";
import { requireTrainable } from "../trainable.ts";
import { type ColumnFacts, columnFacts } from "./column-facts.ts";
import { parseLegacyBinary } from "./legacy-binary.ts";
import { requireMemory } from "./memory.ts";
import { legacyParameters } from "./parameters.ts";
import { sendColumn } from "./sent-values.ts";
import { startThread, type TrainingThread } from "./thread.ts";

/**
 * XGBoost 0.7 of February 2018, compiled to WebAssembly: one core, 2 GB of memory. It trains in a thread of its own.
 *
 * @throws {ServiceError} when the library doesn't load
 */
export async function openWasmEngine(): Promise<Engine> {
  const thread = await startThread();
  return {
    name: "wasm",
    version: `ml-xgboost ${packageVersion("ml-xgboost")} (XGBoost 0.7)`,
    train: (request) => train(thread, request),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}

async function train(
  thread: TrainingThread,
  { matrix, label, algorithm, rounds, params, validation }: TrainingRequest,
): Promise<TrainedModel> {
  if (algorithm !== "xgboost") {
    throw new UsageError(`the wasm engine doesn't train ${algorithm}`, "set train.algorithm to xgboost in churn.yaml");
  }
  if (validation !== undefined) {
    throw new UsageError(
      "the wasm engine can't judge its rounds by other customers",
      "train without a validation slice",
    );
  }
  const { featureNames, rowCount } = matrix;
  const { method, sent, ...forest } = legacyParameters(params, matrix);
  const columns = examine({ matrix, label }).map(({ column, facts }) => sendColumn(column, facts, method));
  const fixed = { objective: "binary:logistic", booster: "gbtree" };

  const binary = await thread.train({
    columns: columns.map(({ sent: column }) => column),
    rowCount,
    label,
    parameters: { ...sent, ...fixed, silent: "1" },
    rounds,
  });
  const trees = parseLegacyBinary(binary).map((tree) =>
    tree.map((node) =>
      node.left === -1 ? node : { ...node, value: columns[node.feature]?.threshold(node) ?? node.value },
    ),
  );
  requireFinite(trees);
  return { json: writeModelJson({ ...forest, featureNames, trees }), parameters: { ...fixed, ...sent } };
}

/** Refuses what JSON has no number for: with weights far from 1 sums and gains leave float32. */
function requireFinite(trees: readonly Tree[]): void {
  const fits = (value: number) => Number.isFinite(Math.fround(value));
  const finite = trees.every((tree) =>
    tree.every((node) => [node.value, node.lossChange, node.sumHessian, node.baseWeight].every(fits)),
  );
  if (finite) return;
  throw new UsageError(
    "the model has numbers too large for float32",
    "look at train.params in churn.yaml: a weight or penalty far from 1, such as scale_pos_weight, makes them",
  );
}

/** What each column holds, or a refusal before the copy: what the library would crash on, or has no room for. */
function examine(labelled: LabelledMatrix): { readonly column: Float32Array; readonly facts: ColumnFacts }[] {
  requireTrainable(labelled);
  const examined = labelled.matrix.columns.map((column) => ({ column, facts: columnFacts(column) }));
  requireMemory(
    labelled.matrix,
    examined.reduce((sum, { facts }) => sum + facts.missing, 0),
  );
  return examined;
}
