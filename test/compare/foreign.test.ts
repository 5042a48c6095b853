import { describe, expect, test } from "vitest";
import { openForeignModel } from "../../src/lib/compare/foreign.ts";
import { predictProbability } from "../../src/lib/model/booster.ts";
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
