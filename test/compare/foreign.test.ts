import { describe, expect, test } from "vitest";
import { openForeignModel } from "../../src/lib/compare/foreign.ts";
import { predictProbability } from "../../src/lib/model/booster.ts";
import { type Tree, writeModelJson } from "../../src/lib/model/model-json.ts";
import { type MlflowModel, mlflowModel, mlflowScores } from "../support/mlflow-models.ts";

const { matrix, booster, classifier, best_iteration, rounds } = await mlflowScores();

describe("a model that Python's mlflow.xgboost logged scores as Python does:", () => {
  test.each([
    ["booster-ubj", booster],
    ["booster-json", booster],
    ["booster-xgb", booster],
    ["classifier-ubj", classifier],
  ] as const)("%s", async (name, expected) => {
    const probability = predictProbability(openForeignModel(await mlflowModel(name), "version 1"), matrix);
    expect(expected).toHaveLength(40);
    for (const [row, value] of expected.entries())
      expect(Math.abs((probability[row] ?? 0) - value)).toBeLessThanOrEqual(1e-6);
  });

  test("of a classifier that was stopped early only the best rounds count", async () => {
    expect(rounds).toBeGreaterThan(best_iteration + 1);
    expect(openForeignModel(await mlflowModel("classifier-ubj"), "version 1").treeCount).toBe(best_iteration + 1);
    const asBooster = await changed("classifier-ubj", "MLmodel", (text) =>
      text.replace("xgboost.sklearn.XGBClassifier", "xgboost.core.Booster"),
    );
    expect(openForeignModel(asBooster, "version 1").treeCount).toBe(rounds);
  });

  test("and so of every class of scikit-learn's kind, one of a team's own as well", async () => {
    for (const name of ["xgboost.sklearn.XGBRegressor", "team.models.ChurnClassifier"]) {
      const files = await changed("classifier-ubj", "MLmodel", (text) =>
        text.replace("xgboost.sklearn.XGBClassifier", name),
      );
      expect(openForeignModel(files, "version 1").treeCount).toBe(best_iteration + 1);
    }
  });

  test("however wide the table is that its MLmodel tells of, before its flavours or behind them", async () => {
    const wide = `signature:\n  inputs: '[${'{"type": "double", "name": "a", "required": true}, '.repeat(2000)}]'\n`;
    for (const change of [(text: string) => `${text}${wide}`, (text: string) => `${wide}${text}`]) {
      const files = await changed("booster-ubj", "MLmodel", change);
      expect(openForeignModel(files, "version 1").treeCount).toBe(8);
    }
  });
});

const write = (trees: readonly Tree[]) =>
  writeModelJson({
    objective: "binary:logistic",
    featureNames: ["tenure"],
    baseScore: 0.5,
    scalePosWeight: 1,
    parallelTrees: 1,
    trees,
  });

/** A tree that goes left at every level. */
function chain(levels: number): Tree {
  const leaf = { left: -1, right: -1, feature: 0, missingGoesLeft: false, lossChange: 0, sumHessian: 1, baseWeight: 0 };
  const level = (at: number) => [
    {
      ...leaf,
      value: at,
      parent: at === 0 ? 2_147_483_647 : 2 * at - 2,
      ...(at < levels && { left: 2 * at + 2, right: 2 * at + 1 }),
    },
    { ...leaf, value: at, parent: 2 * at },
  ];
  return Array.from({ length: levels + 1 }, (_, at) => level(at))
    .flat()
    .slice(0, -1);
}

test("a tree may be as deep as that", async () => {
  const files = (await mlflowModel("booster-json")).set("model.json", Buffer.from(write([chain(10_000)])));
  expect(openForeignModel(files, "version 1").forest.left).toHaveLength(20_001);
});

test.each([
  ["a best round that is no number", /(best_iterationSL.{8})../s, "$1ab"],
  ["no tree a round", /(num_parallel_treeSL.{8})1/s, "$10"],
])("a classifier with %s is not scored with all its rounds", async (_, was, is) => {
  const files = await changed("classifier-ubj", "model.ubj", (text) => text.replace(was, is));
  expect(() => openForeignModel(files, "version 1")).toThrow(
    "model.ubj of version 1 can't be used: which of its rounds was the best (best_iteration) can't be told",
  );
});

async function changed(name: MlflowModel, file: string, change: (text: string) => string) {
  const files = await mlflowModel(name);
  const text = Buffer.from(files.get(file) ?? []).toString("latin1");
  const other = change(text);
  expect(other).not.toBe(text);
  return files.set(file, Buffer.from(other, "latin1"));
}

describe("one that can't be scored ends in a sentence that names why:", () => {
  test.each([
    ["no MLmodel", "MLmodel", undefined, "version 1 has no MLmodel"],
    ["an MLmodel that is none", "MLmodel", () => "[", "MLmodel of version 1 can't be read"],
    ["one of a mebibyte", "MLmodel", () => "[".repeat(1 << 20), "MLmodel of version 1 has more than 65536 bytes"],
    [
      "another flavour",
      "MLmodel",
      () => "flavors: {sklearn: {pickled_model: model.pkl}, python_function: {}}",
      "version 1 is no model of XGBoost's: its flavours are sklearn",
    ],
    [
      "python_function alone",
      "MLmodel",
      () => "flavors: {python_function: {}}",
      "version 1 is no model of XGBoost's: its flavours are python_function alone",
    ],
    [
      "a file that isn't there",
      "MLmodel",
      (text: string) => text.replaceAll("model.json", "../../secret.json"),
      "version 1 has no ../../secret.json, which its MLmodel names",
    ],
    [
      "another objective",
      "model.json",
      (text: string) => text.replace("binary:logistic", "multi:softprob"),
      "model.json of version 1 can't be used: learner.objective.name: the objective is multi:softprob, which can't be scored here",
    ],
    [
      "more than two classes",
      "model.json",
      (text: string) => text.replace('"num_class":"0"', '"num_class":"3"'),
      "model.json of version 1 can't be used: learner.learner_model_param.num_class: the number of classes is 3, which can't be scored here",
    ],
    [
      "several labels at once",
      "model.json",
      (text: string) => text.replace('"num_target":"1"', '"num_target":"2"'),
      "model.json of version 1 can't be used: learner.learner_model_param.num_target: the number of targets is 2, which can't be scored here",
    ],
    ["no trees", "model.json", () => write([]), "model.json of version 1 can't be used: it has no trees"],
    [
      "a tree that is deeper than any",
      "model.json",
      () => write([chain(10_001)]),
      "model.json of version 1 can't be used: tree 0: it is more than 10,000 levels deep",
    ],
    [
      "megabytes of nothing",
      "model.json",
      () => `{"learner":[${"[],".repeat(4_000_000)}[]]}`,
      "model.json of version 1 can't be used: it has more than 4000000 lists, objects and texts",
    ],
    [
      "dart",
      "model.json",
      (text: string) => text.replace('"gbtree"', '"dart"'),
      "model.json of version 1 can't be used: learner.gradient_booster.name: the booster is dart, which can't be scored here",
    ],
    [
      "a categorical split",
      "model.json",
      (text: string) => text.replace(/"split_type":\[0/, '"split_type":[1'),
      "model.json of version 1 can't be used: tree 0: it has categorical splits, which are not supported",
    ],
    [
      "a categorical split as XGBoost 1.7 writes it, with a bare NaN",
      "model.json",
      (text: string) =>
        text
          .replace(/"split_type":\[0/, '"split_type":[1')
          .replace(/("split_conditions":\[)[^,]+,[^,]+/, "$1NaN,-Infinity"),
      "model.json of version 1 can't be used: tree 0: it has categorical splits, which are not supported",
    ],
    [
      "a threshold of NaN",
      "model.json",
      (text: string) => text.replace(/("split_conditions":\[)[^,]+/, "$1NaN"),
      "model.json of version 1 can't be used: tree 0: node 0 has no finite value",
    ],
    [
      "the old binary format",
      "model.json",
      () => "binf\0\0",
      "model.json of version 1 can't be used: it is in XGBoost's old binary format",
    ],
  ])("%s", async (_, file, change, message) => {
    const files =
      change === undefined ? await mlflowModel("booster-json") : await changed("booster-json", file, change);
    if (change === undefined) files.delete(file);
    expect(() => openForeignModel(files, "version 1")).toThrow(expect.objectContaining({ exitCode: 4, message }));
  });
});
