import { parseBooster, predictMargin, predictProbability } from "../../src/lib/model/booster.ts";
import { evaluate } from "../../src/lib/model/evaluation.ts";
import { stump } from "../support/contest.ts";
import type { Row } from "./row.ts";

const model = (text: string) => () => parseBooster(text, "model.json");
const whole = stump("tenure", 3);

export const modelRows: readonly Row[] = [
  {
    cause: "a model that was cut",
    by: model(whole.slice(0, 100)),
    code: 4,
    says: "model.json can't be used: it isn't whole JSON (100 characters)",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "a model in XGBoost's binary format",
    by: model("binf"),
    code: 4,
    says: "model.json can't be used: it is in XGBoost's old binary format",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "a model in XGBoost's UBJSON format",
    by: model("{L"),
    code: 4,
    says: "model.json can't be used: it is in XGBoost's UBJSON format",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "JSON that is no model",
    by: model("{}"),
    code: 4,
    says: "model.json can't be used: learner: Invalid input: expected object, received undefined",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "a model of another objective",
    by: model(whole.replace("binary:logistic", "reg:gamma")),
    code: 4,
    says: "model.json can't be used: learner.objective.name: the objective is reg:gamma, which can't be scored here",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "a model without its features' names",
    by: model(whole.replace('["tenure"]', "[]")),
    code: 4,
    says: "model.json can't be used: the model doesn't name its features",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "a model of fewer names than features",
    by: model(whole.replaceAll('"num_feature":"1"', '"num_feature":"2"')),
    code: 4,
    says: "model.json can't be used: 1 feature name for 2 features",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "a model that names a feature twice",
    by: model(whole.replace('["tenure"]', '["tenure","tenure"]').replaceAll('"num_feature":"1"', '"num_feature":"2"')),
    code: 4,
    says: "model.json can't be used: feature tenure is named twice",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "a model of fewer trees than it says",
    by: model(whole.replace('"num_trees":"1"', '"num_trees":"2"')),
    code: 4,
    says: "model.json can't be used: 1 tree, 2 announced",
    next: "a model of trees for two classes in XGBoost's JSON format is expected; was the file changed since it was written?",
  },
  {
    cause: "a matrix without a feature of the model",
    by: () => predictMargin(parseBooster(whole, "model.json"), { featureNames: [], rowCount: 0, columns: [] }),
    code: 4,
    says: "the customers lack a column that the model was trained on: tenure",
    next: "a new model is trained without them",
  },
  {
    cause: "a model whose predictions are no probabilities",
    by: () => {
      const booster = parseBooster(whole.replace("binary:logistic", "reg:squarederror"), "model.json");
      return predictProbability(booster, { featureNames: ["tenure"], rowCount: 1, columns: [Float32Array.of(1)] });
    },
    code: 4,
    says: "it predicts 1.89 for a customer, which is no probability",
    next: "a model of reg:squarederror counts where its predictions are from 0 to 1; binary:logistic makes them so",
  },
  {
    cause: "no customer to judge by",
    by: () => evaluate(new Uint8Array(0), new Float32Array(0), 0.5),
    code: 4,
    says: "there are no test customers to judge the model on",
    next: "a larger split.test in churn.yaml",
  },
  {
    cause: "trees that take too long",
    by: () => {
      const matrix = { featureNames: ["tenure"], rowCount: 1, columns: [Float32Array.of(1)] };
      return predictMargin(parseBooster(whole, "model.json"), matrix, 0);
    },
    code: 4,
    says: "its trees take too long to be walked",
    next: undefined,
  },
  {
    cause: "a file of UBJSON that is cut",
    by: "test/model/ubjson.test.ts",
    code: 4,
    says: "it ends early: 1 bytes are wanted at byte 0 of 0",
    next: undefined,
  },
  {
    cause: "one that goes on behind its end",
    by: "test/model/ubjson.test.ts",
    code: 4,
    says: "it goes on behind its end, at byte …",
    next: undefined,
  },
  {
    cause: "one with more values than a model",
    by: "test/model/ubjson.test.ts",
    code: 4,
    says: "it has more than … values",
    next: undefined,
  },
  {
    cause: "one with a letter that means nothing",
    by: "test/model/ubjson.test.ts",
    code: 4,
    says: 'it has "x" where a value begins, at byte 1',
    next: undefined,
  },
  {
    cause: "one with a number that JSON can't hold",
    by: "test/model/ubjson.test.ts",
    code: 4,
    says: "it has a number beyond 2^53: …",
    next: undefined,
  },
];
