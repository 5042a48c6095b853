import { expect, test } from "vitest";
import { excessOf } from "../../src/lib/model/json-excess.ts";
import { VALUE_LIMITS } from "../../src/lib/model/value-limits.ts";
import { mlflowModel } from "../support/mlflow-models.ts";

test("a model that XGBoost wrote is not too much", async () => {
  expect(excessOf((await mlflowModel("booster-json")).get("model.json") ?? new Uint8Array())).toBeUndefined();
});

test.each([
  ["numbers", "1,", VALUE_LIMITS.numbers, "it has more than 20000000 values"],
  ["lists", "[", VALUE_LIMITS.others, "it has more than 4000000 lists, objects and texts"],
  ["objects", "{", VALUE_LIMITS.others, "it has more than 4000000 lists, objects and texts"],
  ["texts", '""', VALUE_LIMITS.others, "it has more than 4000000 lists, objects and texts"],
])("as many %s as are allowed are read, one more is not", (_, text, limit, problem) => {
  expect(excessOf(Buffer.from(text.repeat(limit)))).toBeUndefined();
  expect(excessOf(Buffer.from(text.repeat(limit + 1)))).toBe(problem);
});
