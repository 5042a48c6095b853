import { expect, test } from "vitest";
import { train } from "../../src/commands/train.ts";

const result: Parameters<typeof train.describe>[0] = {
  mlflow_run_id: "a",
  model_uri: "models:/m-1",
  algorithm: "xgboost",
  engine: "XGBoost 3.4.1 (libxgboost)",
  library: "libxgboost.so.3",
  parameters: { tree_method: "hist", num_parallel_tree: "1" },
  rounds: 100,
  log_loss: 0.4123,
  rows: 5600,
  n_features: 30,
  seconds: 0.4,
  early_stopping: null,
  cut_rows: null,
};
const stopped = { best_iteration: 37, rounds_trained: 48, validation_rows: 560, validation_log_loss: 0.4312 };

test.for([
  ["100 trees (hist), XGBoost 3.4.1, log loss 0.412", {}],
  ["300 trees (hist), XGBoost 3.4.1, log loss 0.412", { parameters: { tree_method: "hist", num_parallel_tree: "3" } }],
  [
    "100 trees, XGBoost 3.4.1, log loss 0.412",
    { algorithm: "random-forest", parameters: { num_parallel_tree: "100" } },
  ],
  ["38 of 100 rounds (hist), XGBoost 3.4.1, log loss 0.412, validation 0.431", { early_stopping: stopped }],
] as const)("%s", ([line, change]) => {
  expect(train.describe({ ...result, ...change })).toBe(line);
});
