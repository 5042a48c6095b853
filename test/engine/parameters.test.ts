import { expect, test } from "vitest";
import { configuredParameters, parameters } from "../../src/lib/engine/parameters.ts";

test("the defaults are depth 5, learning rate 0.1 and seed 42, and nothing else", () => {
  expect(parameters.parse({})).toEqual({ max_depth: 5, learning_rate: 0.1, seed: 42 });
});

test.each([
  [{ eta: 0.1 }, "eta: use learning_rate"],
  [{ learning_rate: 0.1, eta: 0.1 }, "eta: use learning_rate"],
  [{ reg_lambda: 1, n_jobs: 2 }, "reg_lambda: use lambda, n_jobs: use train.threads"],
  [{ nthread: 2 }, "nthread: use train.threads"],
  [{ n_estimators: 200 }, "n_estimators: use train.rounds"],
  [{ objective: "reg:linear" }, "objective: it is always binary:logistic"],
  [{ max_dept: 5 }, 'Unrecognized key: "max_dept"'],
])("%o is refused with the name to use", (given, message) => {
  expect(parameters.safeParse(given).error?.issues.map((issue) => issue.message)).toEqual([message]);
});

test.each([
  { max_depth: -1 },
  { max_depth: 5.5 },
  { learning_rate: 0 },
  { learning_rate: 1.5 },
  { subsample: 0 },
  { subsample: 1.1 },
  { base_score: 0 },
  { base_score: 1 },
  { base_score: 1e-7 },
  { base_score: 0.9999999 },
  { subsample: 1e-40 },
  { max_delta_step: 1e-40 },
  { scale_pos_weight: 1e-40 },
  { scale_pos_weight: 0 },
  { gamma: -1 },
  { tree_method: "gpu_hist" },
  { monotone_constraints: "(2)" },
  { monotone_constraints: "1,0" },
  { interaction_constraints: "[0,1]" },
  { num_parallel_tree: 0 },
  { max_bin: 1 },
  { device: "cpu:1" },
  { device: "gpu:99999999999" },
  { scale_pos_weight: "balanced" },
])("%o is out of bounds", (given) => {
  expect(parameters.safeParse(given).success).toBe(false);
});

test("constraints are written as XGBoost writes them", () => {
  const given = { monotone_constraints: "(1,0,-1)", interaction_constraints: "[[0,1],[2,3,4]]", device: "cuda:0" };
  expect(parameters.parse(given)).toMatchObject(given);
});

test.each([
  { scale_pos_weight: "balanced" },
  { scale_pos_weight: 3, monotone_constraints: "(1,0,-1)", interaction_constraints: "[[0,1],[2,3,4]]" },
  { monotone_constraints: { tenure: -1, charges: 1, age: 0 }, interaction_constraints: [["tenure", "charges"], [3]] },
])("churn.yaml takes %o", (given) => {
  expect(configuredParameters.parse(given)).toEqual({ ...configuredParameters.parse({}), ...given });
});

test.each([
  { scale_pos_weight: "even" },
  { scale_pos_weight: 0 },
  { monotone_constraints: { tenure: 2 } },
  { monotone_constraints: "(2)" },
  { interaction_constraints: [] },
  { interaction_constraints: [[]] },
  { interaction_constraints: [[-1]] },
  { interaction_constraints: ["tenure"] },
])("churn.yaml doesn't take %o", (given) => {
  expect(configuredParameters.safeParse(given).success).toBe(false);
});

test("names from elsewhere are refused in churn.yaml with the name to use", () => {
  expect(configuredParameters.safeParse({ eta: 1 }).error?.issues[0]?.message).toBe("eta: use learning_rate");
});
