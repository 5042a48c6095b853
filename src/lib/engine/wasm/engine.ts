import { UsageError } from "../../errors.ts";
import type { Matrix } from "../../matrix/matrix.ts";
import { type Tree, writeModelJson } from "../../model/model-json.ts";
import { packageVersion } from "../../workspace/versions.ts";
import { decideParameters } from "../defaults.ts";
import type { Engine, TrainedModel, TrainingRequest } from "../engine.ts";
import { type Boosting, forestMode } from "../forest-mode.ts";
import { requireTrainable } from "../trainable.ts";
import { type ColumnFacts, columnFacts } from "./column-facts.ts";
import { parseLegacyBinary } from "./legacy-binary.ts";
import { requireMemory } from "./memory.ts";
import { legacyParameters } from "./parameters.ts";
import { sendColumn } from "./sent-values.ts";
import { startTrainingThread, type TrainingThread } from "./thread.ts";

/**
 * XGBoost 0.7 of February 2018, compiled to WebAssembly: one core, 2 GB of memory. It trains in a thread of its own.
 *
 * @throws {ServiceError} when the library doesn't load
 */
export async function openWasmEngine(): Promise<Engine> {
  const thread = await startTrainingThread();
  return {
    name: "wasm",
    version: `ml-xgboost ${packageVersion("ml-xgboost")} (XGBoost 0.7)`,
    train: (request) => train(thread, request),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}

async function train(thread: TrainingThread, request: TrainingRequest): Promise<TrainedModel> {
  const { matrix, label, validation } = request;
  if (validation !== undefined) {
    throw new UsageError(
      "the wasm engine can't judge its rounds by other customers",
      "train without a validation slice",
    );
  }
  const { featureNames, rowCount } = matrix;
  const { rounds, params } = boostingOf(request);
  const { method, sent, ...forest } = legacyParameters(params, { rowCount, featureCount: featureNames.length });
  const columns = examine(matrix).map(({ column, facts }) => sendColumn(column, facts, method));
  const fixed = { objective: "binary:logistic", booster: "gbtree" } as const;

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
  const json = writeModelJson({ ...forest, objective: fixed.objective, featureNames, trees });
  return { json, parameters: { ...fixed, ...sent } };
}

/** A forest as near as XGBoost of 2018 comes to it: it draws features by level, or with hist, which ignores that, by tree. */
function boostingOf({ algorithm, rounds, params, matrix }: TrainingRequest): Boosting {
  if (algorithm === "xgboost") return { rounds, params };
  const { tree_method } = decideParameters(params, matrix.rowCount);
  return forestMode({ rounds, params }, tree_method === "hist" ? "colsample_bytree" : "colsample_bylevel");
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
function examine(matrix: Matrix): { readonly column: Float32Array; readonly facts: ColumnFacts }[] {
  requireTrainable(matrix);
  const examined = matrix.columns.map((column) => ({ column, facts: columnFacts(column) }));
  requireMemory(
    matrix,
    examined.reduce((sum, { facts }) => sum + facts.missing, 0),
  );
  return examined;
}
