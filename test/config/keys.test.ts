import { expect, test } from "vitest";
import { configKeys, pathOf, variableOf } from "../../src/lib/config/keys.ts";
import { configSchema } from "../../src/lib/config/schema.ts";

test("no two keys share an environment variable, and none has a reserved one", () => {
  const variables = configKeys.map(variableOf);
  expect(new Set(variables).size).toBe(variables.length);
  for (const reserved of ["CHURN_RUN_ID", "CHURN_RUN_SET", "CHURN_RUN_TRY", "CHURN_LIBXGBOOST"])
    expect(variables).not.toContain(reserved);
  for (const variable of variables) expect(variable).toMatch(/^CHURN_(?!TEST_)[A-Z][A-Z0-9_]+$/);
});

test("a variable is CHURN_ and the key's path in capitals", () => {
  const [rounds] = configKeys.filter(({ name }) => name === "train.params.max_depth");
  expect(rounds && variableOf(rounds)).toBe("CHURN_TRAIN_PARAMS_MAX_DEPTH");
});

test("every section of churn.yaml has keys, in its order", () => {
  expect([...new Set(configKeys.map(({ path }) => path[0]))]).toEqual(Object.keys(configSchema.shape));
});

test.each([
  ["train.params.max_depth", ["train", "params", "max_depth"]],
  ["transform.fill.a.b", ["transform", "fill", "a.b"]],
  ["gates.ranges.a.b", ["gates", "ranges", "a.b"]],
  ["gates.row_count.severity", ["gates", "row_count", "severity"]],
  ["no.such.key", ["no", "such", "key"]],
  ["store", ["store"]],
])("%s is the path %j", (name, path) => {
  expect(pathOf(name)).toEqual(path);
});
