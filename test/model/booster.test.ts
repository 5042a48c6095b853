import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { InputError } from "../../src/lib/errors.ts";
import type { Matrix } from "../../src/lib/matrix/matrix.ts";
import { parseBooster, predictMargin, predictProbability } from "../../src/lib/model/booster.ts";
import { float32 } from "../support/float32.ts";
import { telco, withHoles } from "../support/telco.ts";

const golden = (name: string) => readFile(new URL(`../golden/${name}`, import.meta.url), "utf8");
const text = await golden("foreign-model.json");
const { matrix } = await telco();
const holed = withHoles(matrix);

test("margins equal those of Python's newest xgboost to the last bit, missing values and pruned trees included", async () => {
  const { margin } = z.object({ margin: z.string() }).parse(JSON.parse(await golden("foreign-margins.json")));
  expect(predictMargin(parseBooster(text, "model.json"), holed)).toEqual(float32(margin));
});

test("a base_score without brackets, as XGBoost up to 3.0 writes it, gives the same margins", () => {
  const scalar = text.replace(/"\[([\d.E-]+)\]"/, '"$1"');
  expect(scalar).not.toBe(text);
  expect(parseBooster(scalar, "model.json")).toEqual(parseBooster(text, "model.json"));
});

test("reg:logistic is the same function of the leaves", () => {
  const other = text.replace('"binary:logistic"', '"reg:logistic"');
  expect(parseBooster(other, "model.json")).toEqual(parseBooster(text, "model.json"));
});

describe("with reg:squarederror the leaves' sum is the prediction", () => {
  const identity = (baseScore: string, change = (model: string) => model) =>
    parseBooster(
      change(text)
        .replace('"binary:logistic"', '"reg:squarederror"')
        .replace(/"\[[\d.E-]+\]"/, `"${baseScore}"`),
      "model.json",
    );

  test("from a base score that is no log odds", () => {
    expect(identity("2.5E-1").baseMargin).toBe(0.25);
    expect(identity("0E0").baseMargin).toBe(0);
    const { featureNames, rowCount, columns } = holed;
    const sums = predictMargin(parseBooster(text, "model.json"), holed);
    const first = { featureNames, rowCount, columns };
    const { baseMargin } = parseBooster(text, "model.json");
    for (const [row, sum] of predictMargin(identity("0E0"), first).entries())
      expect(sum).toBeCloseTo((sums[row] ?? 0) - baseMargin, 5);
  });

  test("and where it is no probability it is refused", () => {
    expect(() => predictProbability(identity("0E0"), holed)).toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: expect.stringMatching(/^it predicts -?\d\.\d+ for a customer, which is no probability$/),
      }),
    );
    expect(() => identity("1.5E0")).toThrow("learner.learner_model_param.base_score: a probability");
  });

  test("a little beyond 0 and 1, as sums of rounded shares may be, is 0 and 1", () => {
    const flat = (to: string) => (model: string) =>
      model.replace(/"split_conditions":\[[^\]]*\]/g, (list) => list.replace(/-?[\d.E-]+(?=[,\]])/g, to));
    const small = identity("1E0", flat("1E-7"));
    const beyond = predictMargin(small, holed);
    expect(beyond.some((sum) => sum > 1)).toBe(true);
    expect(new Set(predictProbability(small, holed))).toEqual(new Set([1]));
    expect(new Set(predictProbability(identity("0E0", flat("-1E-7")), holed))).toEqual(new Set([0]));
  });
});

test.each([
  ["0E0", -13.815509796142578],
  ["1E-8", -13.815509796142578],
  ["1.5E-6", -13.410043716430664],
  ["9.99998E-1", 13.109171867370605],
  ["9.9999999E-1", 13.745160102844238],
  ["1E0", 13.745160102844238],
])("a base_score of %s is the margin that Python's xgboost 3.2 makes of it", (baseScore, margin) => {
  const changed = text.replace(/"\[[\d.E-]+\]"/, `"[${baseScore}]"`);
  expect(parseBooster(changed, "model.json").baseMargin).toBe(margin);
});

test("keys that a later XGBoost adds are ignored", () => {
  const later = text.replace('{"learner":{', '{"added":1,"learner":{"also_added":[],');
  expect(parseBooster(later, "model.json")).toEqual(parseBooster(text, "model.json"));
});

test("features are found by name: their order and further columns don't matter", () => {
  const booster = parseBooster(text, "model.json");
  const shuffled: Matrix = {
    rowCount: holed.rowCount,
    featureNames: [...holed.featureNames, "another"].reverse(),
    columns: [...holed.columns, new Float32Array(holed.rowCount)].reverse(),
  };
  expect(predictMargin(booster, shuffled)).toEqual(predictMargin(booster, holed));
});

test("a missing feature is named", () => {
  const booster = parseBooster(text, "model.json");
  const fewer = { ...holed, featureNames: holed.featureNames.slice(1), columns: holed.columns.slice(1) };
  expect(() => predictMargin(booster, fewer)).toThrow(
    new InputError(
      "the customers lack a column that the model was trained on: tenure_months",
      "a new model is trained without them",
    ),
  );
});

test("probabilities are those of the margins and stay within 0 and 1, however large these are", () => {
  const stump = parseBooster(text, "model.json");
  const margin = predictMargin(stump, holed);
  const probability = predictProbability(stump, holed);
  expect(probability.every((churn, row) => Math.abs(churn - 1 / (1 + Math.exp(-(margin[row] ?? 0)))) < 1e-6)).toBe(
    true,
  );
  const extreme = predictProbability(
    { ...stump, treeCount: 0, baseMargin: -1000, forest: { ...stump.forest, roots: new Int32Array() } },
    holed,
  );
  expect(extreme.every((churn) => churn > 0 && churn < 1e-38)).toBe(true);
});

describe("a damaged or foreign file ends in a sentence that names it:", () => {
  const replace = (value: unknown, [key, ...rest]: readonly (string | number)[], made: unknown): unknown => {
    if (key === undefined) return made;
    if (Array.isArray(value)) return value.map((item, index) => (index === key ? replace(item, rest, made) : item));
    return { ...Object(value), [key]: replace(Object(value)[key], rest, made) };
  };
  const change = (made: unknown, ...path: (string | number)[]) =>
    JSON.stringify(replace(JSON.parse(text), ["learner", ...path], made));
  const inTree = (made: unknown, ...path: (string | number)[]) =>
    change(made, "gradient_booster", "model", "trees", 3, ...path);

  test.each<[string, string, string]>([
    ["empty", "", "it isn't whole JSON (0 characters)"],
    ["cut short", text.slice(0, 20_000), "it isn't whole JSON (20,000 characters)"],
    ["UBJSON", "{L\0\0\0\0\0\0\0\u0007learner{", "it is in XGBoost's UBJSON format"],
    ["the old binary", "binf\0\0\0\0", "it is in XGBoost's old binary format"],
    ["some JSON", '{"name":"ml-xgboost"}', "learner: Invalid input: expected object, received undefined"],
    ["not an object", "[]", "the file: Invalid input: expected object, received array"],
    ["a child out of range", inTree(99, "left_children", 0), "tree 3: node 0 has child 99 of 21 nodes"],
    ["a node that is its own child", inTree(1, "right_children", 1), "tree 3: node 1 is not a child of node 1 alone"],
    ["a cycle", inTree(0, "left_children", 1), "tree 3: node 0 is not a child of node 1 alone"],
    ["one child twice", inTree(1, "right_children", 0), "tree 3: node 1 is not a child of node 0 alone"],
    ["a feature out of range", inTree(10, "split_indices", 0), "tree 3: node 0 splits on feature 10 of 10"],
    ["a short list", inTree([0.5], "split_conditions"), "tree 3: not every list has 21 entries, one a node"],
    ["a categorical split", inTree(1, "split_type", 0), "tree 3: it has categorical splits, which are not supported"],
    [
      "another booster",
      text.replace('"gbtree"', '"dart"'),
      "learner.gradient_booster.name: the booster is dart, which can't be scored here",
    ],
    [
      "another objective",
      text.replace('"binary:logistic"', '"reg:gamma"'),
      "learner.objective.name: the objective is reg:gamma, which can't be scored here",
    ],
    [
      "several classes",
      text.replace(/"\[([\d.E-]+)\]"/, '"[$1,$1]"'),
      "learner.learner_model_param.base_score: one number as text",
    ],
    ["a tree too few", change([], "gradient_booster", "model", "trees"), "0 trees, 20 announced"],
    ["no feature names", change([], "feature_names"), "the model doesn't name its features"],
    [
      "a feature name twice",
      text.replace('"monthly_charges"', '"tenure_months"'),
      "feature tenure_months is named twice",
    ],
  ])("%s", (_, damaged, message) => {
    expect(() => parseBooster(damaged, "models/x/model.json")).toThrow(
      expect.objectContaining({
        exitCode: 4,
        message: expect.stringContaining(`models/x/model.json can't be used: ${message}`),
      }),
    );
  });

  test("any one character changed", () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0123456789-[]{},:"e.'), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        try {
          predictMargin(parseBooster(changed, "model.json"), { ...holed, rowCount: 50 });
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("cut short anywhere", () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), (length) => {
        expect(() => parseBooster(text.slice(0, length), "model.json")).toThrow(InputError);
      }),
    );
  });
});

test.each([
  [
    "trees",
    {},
    "learner.gradient_booster.model.trees.0.tree_param: Invalid input: expected object, received undefined",
  ],
  [
    "tree_info",
    1,
    "learner.gradient_booster.model.tree_info: a list of 0 is expected, of trees that tell two classes apart",
  ],
  ["feature_names", 1, "learner.feature_names: a list of texts is expected"],
])("a million wrong entries of %s are told by the first one", (list, entry, problem) => {
  const harmed = text.replace(`"${list}":[`, `"${list}":[${`${JSON.stringify(entry)},`.repeat(1_000_000)}`);
  expect(() => parseBooster(harmed, "model.json")).toThrow(problem);
});
