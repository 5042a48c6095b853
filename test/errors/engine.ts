import type { Engine, TrainingRequest } from "../../src/lib/engine/engine.ts";
import { openMljsEngine } from "../../src/lib/engine/mljs/engine.ts";
import { nativeParameters } from "../../src/lib/engine/native/parameters.ts";
import { readAlike } from "../../src/lib/engine/native/read-alike.ts";
import { startTrainingThread } from "../../src/lib/engine/native/thread.ts";
import { requireLearned } from "../../src/lib/engine/native/try-out.ts";
import { wheelFor } from "../../src/lib/engine/native/wheel.ts";
import { lazyEngine } from "../../src/lib/engine/open.ts";
import { configuredParameters, parameters } from "../../src/lib/engine/parameters.ts";
import { resolveParameters } from "../../src/lib/engine/resolve.ts";
import { requireReadable } from "../../src/lib/engine/too-large.ts";
import { requireBothClasses } from "../../src/lib/engine/validation-slice.ts";
import { openWasmEngine } from "../../src/lib/engine/wasm/engine.ts";
import { requireMemory } from "../../src/lib/engine/wasm/memory.ts";
import { inMemory, trainedOn } from "../support/in-memory.ts";
import type { Row } from "./row.ts";

const LABEL = Uint8Array.of(0, 1, 0, 1);

/** Trains on four customers of two features. */
function train(changed: Partial<TrainingRequest>, open: () => Promise<Engine> = openWasmEngine) {
  return async () => {
    const columns = [Float32Array.of(1, 2, 3, 4), Float32Array.of(4, 3, 2, 1)];
    const customers = { featureNames: ["tenure", "charge"], rowCount: 4, columns };
    const request: TrainingRequest = {
      ...trainedOn(customers, LABEL),
      algorithm: "xgboost",
      rounds: 1,
      threads: 1,
      params: parameters.parse({}),
    };
    await using engine = await open();
    await engine.train({ ...request, ...changed });
  };
}

const grow = (changed: Partial<TrainingRequest>, open = openMljsEngine) =>
  train({ algorithm: "random-forest", ...changed }, open);

const params = (given: Record<string, unknown>) => train({ params: parameters.parse(given) });
const resolve = (given: Record<string, unknown>) => () =>
  resolveParameters(configuredParameters.parse(given), {
    featureNames: ["tenure", "charge"],
    rowCount: 2,
    churned: 1,
  });
const matrix = (...columns: Float32Array[]) => ({
  featureNames: columns.map((_, index) => `feature${index}`),
  rowCount: columns[0]?.length ?? 0,
  columns,
});

/** A workspace without libxgboost, or with one that is named. */
const chosen = (choice: Parameters<typeof lazyEngine>[0]) => () =>
  lazyEngine(choice, "/nowhere", { get: () => undefined }).versions();

export const engine: readonly Row[] = [
  {
    cause: "a library that is named and not there",
    by: chosen({ engine: "auto", library: "libxgboost.so" }),
    code: 2,
    says: "train.library names /nowhere/libxgboost.so, which can't be used: it is not there",
    next: "name a libxgboost of 1.7 or newer, such as xgboost/lib/libxgboost.so of the Python package, or unset it: churn setup native installs one",
  },
  {
    cause: "native on a machine without a library",
    by: "test/program/native.test.ts",
    code: 2,
    says: "train.engine is native, and this machine has no libxgboost that can be used",
    next: "churn setup native installs one into the workspace; CHURN_LIBXGBOOST or train.library name one that lies elsewhere",
  },
  {
    cause: "a library that goes away between planning and training",
    by: () => startTrainingThread("/nowhere/libxgboost.so"),
    code: 5,
    says: "libxgboost (/nowhere/libxgboost.so) doesn't load: …",
    next: "set train.engine to wasm meanwhile",
  },
  {
    cause: "what libxgboost itself refuses",
    by: "test/engine/native/engine.test.ts",
    code: 5,
    says: "libxgboost could not train: …",
    next: "look at train.params in churn.yaml",
  },
  {
    cause: "a parameter that an older libxgboost doesn't know",
    by: "test/engine/native/engine.test.ts",
    code: 2,
    says: "XGBoost … doesn't know …",
    next: "remove it from churn.yaml, or take a newer libxgboost",
  },
  {
    cause: "a parameter that exact trees don't look at",
    by: async () => nativeParameters(parameters.parse({ max_leaves: 7 }), { rowCount: 100, threads: 1 }),
    code: 2,
    says: "train.params.max_leaves would have no effect: XGBoost ignores it with tree_method exact",
    next: "remove it from churn.yaml, or set train.params.tree_method to hist",
  },
  {
    cause: "a model with a base score of each class",
    by: async () => readAlike('{"base_score":"[5E-1,5E-1]"}'),
    code: 5,
    says: "libxgboost wrote a model whose base_score older versions would misread",
    next: "set train.engine to wasm meanwhile, and report this",
  },
  {
    cause: "a slice to judge the rounds by without a customer who churned",
    by: () =>
      requireBothClasses({ trained: { rowCount: 3, churned: 2 }, validation: { rowCount: 2, churned: 0 } }, 0.1),
    code: 2,
    says: "train.early_stopping.validation is 0.1: of the 2 customers to judge the rounds by 0 churned",
    next: "another train.early_stopping.validation in churn.yaml, or no train.early_stopping",
  },
  {
    cause: "a parameter that XGBoost 0.7 doesn't know",
    by: params({ sampling_method: "uniform" }),
    code: 2,
    says: "the wasm engine (XGBoost 0.7) doesn't know train.params.sampling_method",
    next: "remove it from churn.yaml; it knows alpha, base_score, colsample_bylevel, colsample_bytree, gamma, grow_policy, lambda, learning_rate, max_bin, max_delta_step, max_depth, max_leaves, min_child_weight, monotone_constraints, num_parallel_tree, scale_pos_weight, seed, seed_per_iteration, subsample, tree_method",
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
    cause: "exact trees without a limit, by libxgboost",
    by: () => {
      nativeParameters(parameters.parse({ max_depth: 0, tree_method: "exact" }), { rowCount: 100, threads: 1 });
    },
    code: 2,
    says: "train.params.max_depth 0 (no limit) needs tree_method hist",
    next: "give train.params.max_depth a limit, such as 5",
  },
  {
    cause: "exact trees of customers that are drawn by their gradients, by libxgboost",
    by: () => {
      nativeParameters(parameters.parse({ sampling_method: "gradient_based" }), { rowCount: 100, threads: 1 });
    },
    code: 2,
    says: "train.params.sampling_method gradient_based needs tree_method hist",
    next: "set train.params.tree_method to hist, or leave sampling_method out",
  },
  {
    cause: "exact trees that draw features by split, by libxgboost",
    by: () => {
      nativeParameters(parameters.parse({ colsample_bynode: 0.5 }), { rowCount: 100, threads: 1 });
    },
    code: 2,
    says: "train.params.colsample_bynode needs tree_method hist: exact trees draw features by tree or level",
    next: "set train.params.tree_method to hist, or colsample_bylevel in its place",
  },
  {
    cause: "more directions than features",
    by: resolve({ monotone_constraints: "(1,0,1)" }),
    code: 2,
    says: "train.params.monotone_constraints has 3 directions for 2 features",
    next: "name the features in churn.yaml, such as monotone_constraints: { tenure: -1 }",
  },
  {
    cause: "a direction of a feature that there isn't",
    by: resolve({ monotone_constraints: { tenur: -1 } }),
    code: 2,
    says: "train.params.monotone_constraints: there is no feature tenur",
    next: "did you mean tenure?",
  },
  {
    cause: "nobody to train on",
    by: train(trainedOn(matrix(), new Uint8Array(0))),
    code: 4,
    says: "nothing to train on: 0 customers, 0 features",
    next: "churn features --force",
  },
  {
    cause: "an infinite value",
    by: train(trainedOn(matrix(Float32Array.of(1, 2, 3, Number.POSITIVE_INFINITY)), LABEL)),
    code: 2,
    says: "values too large for float32: feature0 (1 customer)",
    next: "look at transform.derive and transform.fill in churn.yaml: is something divided by 0?",
  },
  {
    cause: "customers who all stayed",
    by: train(trainedOn(matrix(Float32Array.from(LABEL)), new Uint8Array(4))),
    code: 4,
    says: "none of 4 customers to train on churned: there is nothing to learn",
    next: "look at the source; churn transform --force divides the customers again",
  },
  {
    cause: "customers who all churned",
    by: train(trainedOn(matrix(Float32Array.from(LABEL)), Uint8Array.of(1, 1, 1, 1))),
    code: 4,
    says: "each of 4 customers to train on churned: there is nothing to learn",
    next: "look at the source; churn transform --force divides the customers again",
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
    by: train(trainedOn(matrix(Float32Array.from(LABEL)), Uint8Array.of(0, 2, 0, 2))),
    code: 5,
    says: "ml-xgboost could not train: …label must be in [0,1] for logistic regression",
    next: "look at train.params in churn.yaml",
  },
  {
    cause: "a weight beyond all measure",
    by: "test/engine/wasm/engine.test.ts",
    code: 2,
    says: "the model has numbers too large for float32",
    next: "a weight or penalty in train.params that is far from 1, such as scale_pos_weight, makes them, and so do values of a feature beyond 1.7e38",
  },
  {
    cause: "values whose sum float32 doesn't hold",
    by: "test/engine/train-model.test.ts",
    code: 2,
    says: "the model has numbers too large for float32: … has …, and trees part values up to 1.7e38",
    next: "a derived column, such as ln(…), or NULL in its place (transform.derive in churn.yaml)",
  },
  {
    cause: "a model too large to be read",
    by: () => requireReadable(300 * 2 ** 20),
    code: 2,
    says: "the model takes 300 MB, and 256 MB are read at most",
    next: "fewer train.rounds, or a smaller train.params.max_depth",
  },
  {
    cause: "a version that no index has",
    by: "test/engine/native/install.test.ts",
    code: 2,
    says: "the index that pip asks has no xgboost-cpu 3.4.1 for this machine",
    next: "the nearest it has: …",
  },
  {
    cause: "no Python to install libxgboost with",
    by: "test/engine/native/install.test.ts",
    code: 2,
    says: "there is no python3 in PATH, whose pip installs libxgboost",
    next: "Debian and Ubuntu: sudo apt install python3-venv; macOS: brew install python; or name a libxgboost that is there in train.library",
  },
  {
    cause: "a Python without venv",
    by: "test/engine/native/install.test.ts",
    code: 2,
    says: "python3 could not make a virtual environment",
    next: "Debian and Ubuntu: sudo apt install python3-venv; macOS: brew install python; or name a libxgboost that is there in train.library",
  },
  {
    cause: "a Python without pip",
    by: "test/engine/native/install.test.ts",
    code: 2,
    says: "python3 has no pip, and can't make a virtual environment with one",
    next: "Debian and Ubuntu: sudo apt install python3-venv; macOS: brew install python; or name a libxgboost that is there in train.library",
  },
  {
    cause: "an index that pip can't reach",
    by: "test/engine/native/install.test.ts",
    code: 5,
    says: "pip could not install xgboost-cpu 3.4.1",
    next: "is the index there that pip asks? HTTPS_PROXY, PIP_INDEX_URL, PIP_CERT and pip's own configuration say how it is reached",
  },
  {
    cause: "a pip that takes too long",
    by: "test/engine/native/install.test.ts",
    code: 5,
    says: "python3 -m pip was stopped: it took longer than 1 s",
    next: "is the network slow, or a proxy needed (HTTPS_PROXY)? churn setup native begins anew",
  },
  {
    cause: "a wheel whose library doesn't load",
    by: "test/engine/native/install.test.ts",
    code: 5,
    says: "the library of xgboost-cpu 3.4.1 can't be used on this machine: …",
    next: "it needs glibc 2.28 or newer (ldd --version), which musl isn't; churn setup native --version 2.1.4 does with 2.17",
  },
  {
    cause: "a machine without a wheel of libxgboost",
    by: () => wheelFor("3.4.1", "linux", "riscv64"),
    code: 2,
    says: "there is no wheel of libxgboost for linux on riscv64",
    next: "name a libxgboost of 1.7 or newer in train.library, such as Debian's libxgboost0",
  },
  {
    cause: "a library that learns nothing",
    by: () => requireLearned({ version: "3.4.1" }, 0.58),
    code: 5,
    says: "XGBoost 3.4.1 has learned nothing from the sample: its log loss is 0.580, and 0.5 is expected at most",
    next: "another version may do better: churn setup native --version",
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
    by: grow({ validation: inMemory(matrix(Float32Array.of(1)), Uint8Array.of(1)) }),
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
    by: async () => {
      const closed = await openMljsEngine();
      const growing = grow({}, async () => closed)();
      await closed[Symbol.asyncDispose]();
      await growing;
    },
    code: 5,
    says: "ml-random-forest could not grow a tree: …",
    next: "a smaller train.max_samples or train.params.max_depth",
  },
];
