import { whole } from "../../cli/numbers.ts";
import { InputError, UsageError } from "../../errors.ts";
import type { Matrix } from "../../matrix/matrix.ts";
import { writeModelJson } from "../../model/model-json.ts";
import { packageVersion } from "../../workspace/versions.ts";
import type { Engine, TrainedModel, TrainingRequest } from "../engine.ts";
import { parseLegacyBinary } from "./legacy-binary.ts";
import { legacyParameters } from "./parameters.ts";
import { startThread, type TrainingThread } from "./thread.ts";

/** The library puts matrix and labels on its stack of 5 MiB; beyond it memory is overwritten, at first without a word. */
const STACK_BYTES = 5_242_880;
/** Stack that the library's own calls need beside them. */
const STACK_RESERVE_BYTES = 4_096;
const LIMIT_BYTES = STACK_BYTES - STACK_RESERVE_BYTES;

/**
 * XGBoost 0.7 of February 2018, compiled to WebAssembly: one core, no missing values. It trains in a thread of its own.
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
  checkMatrix(matrix);
  const sent = legacyParameters(params, matrix.featureNames.length);
  // The wrapper's own default comes under this name, and of two names the library would choose.
  const { learning_rate: eta = "", ...others } = sent;
  const fixed = { objective: "binary:logistic", booster: "gbtree" };

  const binary = await thread.train({
    columns: matrix.columns,
    rowCount: matrix.rowCount,
    label,
    options: { ...others, eta, ...fixed, silent: 1, iterations: rounds },
  });
  const json = writeModelJson({
    featureNames: matrix.featureNames,
    baseScore: Number(sent.base_score),
    scalePosWeight: Number(sent.scale_pos_weight),
    parallelTrees: Number(sent.num_parallel_tree),
    trees: parseLegacyBinary(binary),
  });
  return { json, parameters: { ...fixed, ...sent } };
}

/** Refuses before the copy what the library would crash on. */
function checkMatrix({ featureNames, rowCount, columns }: Matrix): void {
  if (rowCount === 0 || columns.length === 0) {
    throw new InputError(`nothing to train on: ${rowCount} customers, ${columns.length} features`);
  }
  const sizeBytes = rowCount * (columns.length + 1) * Float32Array.BYTES_PER_ELEMENT;
  if (sizeBytes > LIMIT_BYTES) {
    const most = Math.floor(LIMIT_BYTES / (columns.length + 1) / Float32Array.BYTES_PER_ELEMENT);
    throw new UsageError(
      `${whole(rowCount)} customers × ${columns.length} features are ${whole(sizeBytes)} bytes; the wasm engine holds ${whole(LIMIT_BYTES)} (customers × (features + 1) × 4)`,
      `train on at most ${whole(most)} customers with these features (a larger split.test), or list fewer features in churn.yaml`,
    );
  }
  const missing = namesWhere(featureNames, columns, (value) => Number.isNaN(value));
  if (missing.length > 0) {
    throw new UsageError(
      `the wasm engine takes no missing values: ${missing.join(", ")}`,
      'give each a fill in churn.yaml, such as transform.fill: { COLUMN: "0" }',
    );
  }
  const infinite = namesWhere(featureNames, columns, (value) => !Number.isFinite(value));
  if (infinite.length > 0) {
    throw new UsageError(
      `values too large for float32: ${infinite.join(", ")}`,
      "look at transform.derive and transform.fill in churn.yaml: is something divided by 0?",
    );
  }
}

/** The features that have such a value, with the number of customers concerned. */
function namesWhere(
  names: readonly string[],
  columns: readonly Float32Array[],
  holds: (value: number) => boolean,
): string[] {
  return columns.flatMap((column, index) => {
    const customers = column.reduce((sum, value) => sum + Number(holds(value)), 0);
    return customers === 0 ? [] : [`${names[index]} (${whole(customers)} customers)`];
  });
}
