import { setImmediate } from "node:timers/promises";
import { type Customers, collect } from "../../matrix/customers.ts";
import type { Matrix } from "../../matrix/matrix.ts";
import { parseBooster, probabilityByRound } from "../../model/booster.ts";
import { logLoss } from "../../model/metrics/log-loss.ts";
import { type Tree, writeModelJson } from "../../model/model-json.ts";
import { packageVersion } from "../../workspace/versions.ts";
import { decideParameters } from "../defaults.ts";
import type { Engine, TrainedModel, TrainingRequest } from "../engine.ts";
import { type Boosting, forestMode } from "../forest-mode.ts";
import { type JudgedRounds, judgeRounds } from "../stopping.ts";
import { numbersTooLarge } from "../too-large.ts";
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
  const { customers, validation, stopping } = request;
  const { featureNames, rowCount } = customers;
  const { rounds, params } = boostingOf(request);
  const { method, sent, ...forest } = legacyParameters(params, customers);
  requireTrainable(customers);
  const { matrix, label } = await collect(customers);
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
  const write = (kept: readonly Tree[]) =>
    writeModelJson({ ...forest, objective: fixed.objective, featureNames, trees: kept });
  const told = { parameters: { ...fixed, ...sent }, warnings: [] };
  const json = write(trees);
  if (validation === undefined) return { json, ...told };

  const { parallelTrees } = forest;
  const judged = await judgeAfterwards(json, { validation, stopping, parallelTrees });
  if (stopping === undefined) return { json, ...told, judged };
  return { json: write(trees.slice(0, (judged.bestRound + 1) * parallelTrees)), ...told, judged };
}

/** A forest as near as XGBoost of 2018 comes to it: it draws features by level, or with hist, which ignores that, by tree. */
function boostingOf({ algorithm, rounds, params, customers }: TrainingRequest): Boosting {
  if (algorithm === "xgboost") return { rounds, params };
  const { tree_method } = decideParameters(params, customers.rowCount);
  return forestMode({ rounds, params }, tree_method === "hist" ? "colsample_bytree" : "colsample_bylevel");
}

/** This library can't be asked between two rounds, so all of them are trained before any is judged. */
async function judgeAfterwards(
  json: string,
  {
    validation,
    stopping,
    parallelTrees,
  }: Pick<TrainingRequest, "stopping"> & { readonly validation: Customers; readonly parallelTrees: number },
): Promise<JudgedRounds> {
  const { matrix, label } = await collect(validation);
  const judging = judgeRounds(stopping);
  for (const probability of probabilityByRound(parseBooster(json, "the trained model"), matrix, parallelTrees)) {
    if (judging.isOver(logLoss(label, probability))) break;
    // So that signals and progress have their turn.
    await setImmediate();
  }
  return judging.judged;
}

/** Refuses what JSON has no number for: with weights far from 1 sums and gains leave float32. */
function requireFinite(trees: readonly Tree[]): void {
  const fits = (value: number) => Number.isFinite(Math.fround(value));
  const finite = trees.every((tree) =>
    tree.every((node) => [node.value, node.lossChange, node.sumHessian, node.baseWeight].every(fits)),
  );
  if (!finite) throw numbersTooLarge();
}

/** What each column holds, or a refusal before the copy that the library has no room for. */
function examine(matrix: Matrix): { readonly column: Float32Array; readonly facts: ColumnFacts }[] {
  const examined = matrix.columns.map((column) => ({ column, facts: columnFacts(column) }));
  requireMemory(
    matrix,
    examined.reduce((sum, { facts }) => sum + facts.missing, 0),
  );
  return examined;
}
