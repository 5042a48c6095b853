import { expect, test } from "vitest";
import { parameters } from "../../src/lib/engine/parameters.ts";

test("the defaults are depth 5, learning rate 0.1 and seed 42, and nothing else", () => {
  expect(parameters.parse({})).toEqual({ max_depth: 5, learning_rate: 0.1, seed: 42 });
});

test.each([
  [{ eta: 0.1 }, "eta: use learning_rate"],
  [{ learning_rate: 0.1, eta: 0.1 }, "eta: use learning_rate"],
  [{ reg_lambda: 1, n_jobs: 2 }, "reg_lambda: use lambda, n_jobs: use nthread"],
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
  { scale_pos_weight: 0 },
  { gamma: -1 },
  { tree_method: "gpu_hist" },
  { monotone_constraints: "(2)" },
  { monotone_constraints: "1,0" },
  { interaction_constraints: "[0,1]" },
  { num_parallel_tree: 0 },
  { max_bin: 1 },
  { nthread: 0 },
])("%o is out of bounds", (given) => {
  expect(parameters.safeParse(given).success).toBe(false);
});

test("constraints are written as XGBoost writes them", () => {
  const given = { monotone_constraints: "(1,0,-1)", interaction_constraints: "[[0,1],[2,3,4]]", device: "cuda:0" };
  expect(parameters.parse(given)).toMatchObject(given);
});
