import { expect, test } from "vitest";
import { configuredParameters } from "../../src/lib/engine/parameters.ts";
import { resolveParameters } from "../../src/lib/engine/resolve.ts";

const customers = { featureNames: ["tenure", "monthly_charges", "age"], rowCount: 7, churned: 2 };
const resolve = (given: object) => resolveParameters(configuredParameters.parse(given), customers);

test("what is a number or XGBoost's own text stays, and no name is added", () => {
  const given = {
    gamma: 1,
    scale_pos_weight: 3,
    monotone_constraints: "(1,0)",
    interaction_constraints: "[[0,1],[2]]",
  };
  expect(resolve(given)).toStrictEqual({ max_depth: 5, learning_rate: 0.1, seed: 42, ...given });
  expect(Object.keys(resolve({}))).toEqual(["max_depth", "learning_rate", "seed"]);
});

test("balanced is as many as stayed for each who churned", () => {
  expect(resolve({ scale_pos_weight: "balanced" }).scale_pos_weight).toBe(2.5);
});

test("directions by name are put into the features' order", () => {
  const given = { monotone_constraints: { age: 1, tenure: -1 } };
  expect(resolve(given).monotone_constraints).toBe("(-1,0,1)");
});

test("groups by name and number become numbers", () => {
  const given = { interaction_constraints: [["age", "tenure"], [1]] };
  expect(resolve(given).interaction_constraints).toBe("[[2,0],[1]]");
});

test.each([
  [
    { monotone_constraints: { tenur: -1 } },
    "train.params.monotone_constraints: there is no feature tenur",
    "did you mean tenure?",
  ],
  [
    { monotone_constraints: { constructor: -1 } },
    "train.params.monotone_constraints: there is no feature constructor",
    "there are tenure, monthly_charges, age",
  ],
  [
    { monotone_constraints: "(1,0,0,-1)" },
    "train.params.monotone_constraints has 4 directions for 3 features",
    "name the features in churn.yaml, such as monotone_constraints: { tenure: -1 }",
  ],
  [
    { interaction_constraints: [["tenure", "ages"]] },
    "train.params.interaction_constraints: there is no feature ages",
    "did you mean age?",
  ],
  [
    { interaction_constraints: "[[0,1],[2,3]]" },
    "train.params.interaction_constraints: there is no feature 3",
    "there are 3 features, the first one is 0",
  ],
])("%o is refused", (given, message, hint) => {
  expect(() => resolve(given)).toThrow(expect.objectContaining({ exitCode: 2, message, hint }));
});
