import { createRequire } from "node:module";
import * as z from "zod";
import { whole } from "../../cli/numbers.ts";
import { InputError, ServiceError, UsageError } from "../../errors.ts";
import type { Matrix } from "../../matrix/matrix.ts";
import { writeModelJson } from "../../model/model-json.ts";
import type { Engine, TrainedModel, TrainingRequest } from "../engine.ts";
import { parseLegacyBinary } from "./legacy-binary.ts";
import { legacyParameters } from "./parameters.ts";

/** The library puts matrix and labels on its stack of 5 MiB; beyond it memory is overwritten, at first without a word. */
const STACK_BYTES = 5_242_880;
/** Stack that the library's own calls need beside them. */
const STACK_RESERVE_BYTES = 4_096;
const LIMIT_BYTES = STACK_BYTES - STACK_RESERVE_BYTES;

type Ready = typeof import("ml-xgboost").default;
type XgBoost = Awaited<Ready>;

// Its export is a promise: `import()` would await it in some loaders and not in others.
const requirePackage = createRequire(import.meta.url);

/** The library with what it last printed, which is where it says why it failed. */
interface Library {
  readonly XgBoost: XgBoost;
  readonly printed: string[];
}

let library: Promise<Library> | undefined;

/**
 * The one door to ml-xgboost: XGBoost 0.7 of February 2018, compiled to WebAssembly. One core, no missing values.
 *
 * @throws {ServiceError} when the library doesn't load
 */
export async function openWasmEngine(): Promise<Engine> {
  library ??= load();
  const { XgBoost, printed } = await library;
  const manifest: unknown = requirePackage("ml-xgboost/package.json");
  const { version } = z.object({ version: z.string() }).parse(manifest);
  return {
    name: "wasm",
    version: `ml-xgboost ${version} (XGBoost 0.7)`,
    train: async (request) => train(XgBoost, printed, request),
  };
}

/** The library prints while it loads and keeps the console's functions of that moment, so it gets others for that moment. */
async function load(): Promise<Library> {
  const printed: string[] = [];
  const { log, warn } = console;
  const hooks = ["uncaughtException", "unhandledRejection"] as const;
  const before = new Set<unknown>(hooks.flatMap((hook) => process.rawListeners(hook)));
  const keep = (line: unknown) => {
    printed.push(String(line));
  };
  Object.assign(console, { log: keep, warn: keep });
  try {
    const ready: Ready = requirePackage("ml-xgboost");
    Object.assign(console, { log, warn });
    return { XgBoost: await ready, printed };
  } catch (error) {
    throw new ServiceError("the embedded engine (ml-xgboost) doesn't load", "npm install", { cause: error });
  } finally {
    Object.assign(console, { log, warn });
    // It rethrows what nobody caught, which prints 150 kB of source; Node's own report is the better one.
    for (const hook of hooks) {
      for (const listener of process.rawListeners(hook)) {
        if (isListener(listener) && !before.has(listener)) process.off(hook, listener);
      }
    }
  }
}

function isListener(value: unknown): value is (...values: unknown[]) => void {
  return typeof value === "function";
}

function train(XgBoost: XgBoost, printed: string[], { matrix, label, rounds, params }: TrainingRequest): TrainedModel {
  checkMatrix(matrix);
  const sent = legacyParameters(params, matrix.featureNames.length);
  // The wrapper's own default comes under this name, and of two names the library would choose.
  const { learning_rate: eta = "", ...others } = sent;
  const fixed = { objective: "binary:logistic", booster: "gbtree" };

  printed.length = 0;
  const booster = new XgBoost({ ...others, eta, ...fixed, silent: 1, iterations: rounds });
  let binary: Uint8Array;
  try {
    booster.train(rowsOf(matrix), Array.from(label));
    binary = Uint8Array.from(booster.toJSON().model);
    booster.free();
  } catch (thrown) {
    // After a failure inside WebAssembly the memory is left as it is: freeing would fail as well.
    const reason = printed.findLast((line) => line.trim() !== "") ?? String(thrown);
    throw new ServiceError(
      `ml-xgboost could not train: ${reason.split("\n")[0]}`,
      "look at train.params in churn.yaml",
      {
        cause: thrown,
      },
    );
  }
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

/** The library's wrapper takes arrays of numbers, a row each. */
function rowsOf({ rowCount, columns }: Matrix): number[][] {
  return Array.from({ length: rowCount }, (_, row) => columns.map((column) => column[row] ?? Number.NaN));
}
