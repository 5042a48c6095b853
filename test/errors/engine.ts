import type { Engine, TrainingRequest } from "../../src/lib/engine/engine.ts";
import { openMljsEngine } from "../../src/lib/engine/mljs/engine.ts";
import { parameters } from "../../src/lib/engine/parameters.ts";
import { openWasmEngine } from "../../src/lib/engine/wasm/engine.ts";
import { requireMemory } from "../../src/lib/engine/wasm/memory.ts";
import type { Row } from "./row.ts";

/** Trains on four customers of two features. */
function train(changed: Partial<TrainingRequest>, open: () => Promise<Engine> = openWasmEngine) {
  return async () => {
    const columns = [Float32Array.of(1, 2, 3, 4), Float32Array.of(4, 3, 2, 1)];
    const matrix = { featureNames: ["tenure", "charge"], rowCount: 4, columns };
    const request: TrainingRequest = {
      matrix,
      label: Uint8Array.of(0, 1, 0, 1),
      algorithm: "xgboost",
      rounds: 1,
      threads: 1,
      params: parameters.parse({}),
    };
    await using engine = await open();
    await engine.train({ ...request, ...changed });
  };
}

const grow = (changed: Partial<TrainingRequest>) => train({ algorithm: "random-forest", ...changed }, openMljsEngine);

const params = (given: Record<string, unknown>) => train({ params: parameters.parse(given) });
const matrix = (...columns: Float32Array[]) => ({
  featureNames: columns.map((_, index) => `feature${index}`),
  rowCount: columns[0]?.length ?? 0,
  columns,
});

export const engine: readonly Row[] = [
  {
    cause: "a validation slice",
    by: train({ validation: { matrix: matrix(Float32Array.of(1)), label: Uint8Array.of(1) } }),
    code: 2,
    says: "the wasm engine can't judge its rounds by other customers",
    next: "train without a validation slice",
  },
  {
    cause: "a parameter that XGBoost 0.7 doesn't know",
    by: params({ sampling_method: "uniform" }),
    code: 2,
    says: "the wasm engine (XGBoost 0.7) doesn't know train.params.sampling_method",
    next: "remove it from churn.yaml; it knows alpha, base_score, colsample_bylevel, colsample_bytree, gamma, grow_policy, lambda, learning_rate, max_bin, max_delta_step, max_depth, max_leaves, min_child_weight, monotone_constraints, nthread, num_parallel_tree, scale_pos_weight, seed, seed_per_iteration, subsample, tree_method",
  },
  {
    cause: "a parameter without effect",
    by: params({ tree_method: "exact", max_bin: 64 }),
    code: 2,
    says: "train.params.max_bin would have no effect: the wasm engine (XGBoost 0.7) ignores it with tree_method exact",
    next: "remove it from churn.yaml, or set train.params.tree_method to hist",
  },
  {
    cause: "trees without a limit",
    by: params({ max_depth: 0 }),
    code: 2,
    says: "train.params.max_depth 0 (no limit) needs tree_method hist and a limit of max_leaves",
    next: "give train.params.max_depth a limit, such as 5",
  },
  {
    cause: "more directions than features",
    by: params({ monotone_constraints: "(1,0,1)" }),
    code: 2,
    says: "train.params.monotone_constraints has 3 directions for 2 features",
    next: "give at most one a feature, in the order of features in churn.yaml",
  },
  {
    cause: "nobody to train on",
    by: train({ matrix: matrix(), label: new Uint8Array(0) }),
    code: 4,
    says: "nothing to train on: 0 customers, 0 features",
    next: "churn features --force",
  },
  {
    cause: "an infinite value",
    by: train({ matrix: matrix(Float32Array.of(1, 2, 3, Number.POSITIVE_INFINITY)) }),
    code: 2,
    says: "values too large for float32: feature0 (1 customer)",
    next: "look at transform.derive and transform.fill in churn.yaml: is something divided by 0?",
  },
  {
    cause: "more customers than there is memory for",
    by: () =>
      requireMemory({ rowCount: 20_000_000, columns: Array.from({ length: 10 }, () => new Float32Array(0)) }, 0),
    code: 2,
    says: "20,000,000 customers × 10 features take 4,960 MB to train on, and the wasm engine has 2,114 MB: about 8,520,000 of these customers would fit",
    next: "list fewer features in churn.yaml, or train on fewer customers (a larger split.test, a source.query that draws some)",
  },
  {
    cause: "memory that runs out while it trains",
    by: "test/integration/engine-memory.test.ts",
    code: 5,
    says: "the wasm engine's 2 GB of memory ran out while it trained",
    next: "…",
  },
  {
    cause: "a part of the program that is missing",
    by: "test/program/installation.test.ts",
    code: 5,
    says: "the embedded engine (ml-xgboost) doesn't load: …",
    next: "npm install",
  },
  {
    cause: "a label that XGBoost refuses",
    by: train({ label: Uint8Array.of(0, 2, 0, 2) }),
    code: 5,
    says: "ml-xgboost could not train: …label must be in [0,1] for logistic regression",
    next: "look at train.params in churn.yaml",
  },
  {
    cause: "a weight beyond all measure",
    by: "test/engine/wasm/engine.test.ts",
    code: 2,
    says: "the model has numbers too large for float32",
    next: "look at train.params in churn.yaml: a weight or penalty far from 1, such as scale_pos_weight, makes them",
  },
  {
    cause: "boosting by an engine of forests",
    by: grow({ algorithm: "xgboost" }),
    code: 2,
    says: "the mljs engine doesn't train xgboost",
    next: "set train.engine to auto in churn.yaml",
  },
  {
    cause: "a validation slice for a forest",
    by: grow({ validation: { matrix: matrix(Float32Array.of(1)), label: Uint8Array.of(1) } }),
    code: 2,
    says: "the mljs engine can't judge its trees by other customers",
    next: "train without a validation slice",
  },
  {
    cause: "a parameter without a meaning for ml-random-forest",
    by: grow({ params: parameters.parse({ gamma: 1 }) }),
    code: 2,
    says: "the mljs engine (ml-random-forest) doesn't know train.params.gamma",
    next: "remove it from churn.yaml; it knows colsample_bytree, learning_rate, max_depth, seed",
  },
  {
    cause: "a forest's part of the program that is missing",
    by: "test/program/installation.test.ts",
    code: 5,
    says: "the mljs engine (ml-random-forest) doesn't load: …",
    next: "npm install",
  },
  {
    cause: "a forest's thread that ends",
    by: "test/engine/mljs/engine.test.ts",
    code: 5,
    says: "ml-random-forest could not grow a tree: …",
    next: "a smaller train.max_samples or train.params.max_depth",
  },
];
