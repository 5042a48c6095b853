import { expect, test } from "vitest";
import { readAlike } from "../../../src/lib/engine/native/read-alike.ts";

test("base_score stands without brackets, and all else as it was", () => {
  const model = (score: string) => `{"learner_model_param":{"base_score":"${score}","num_class":"0"},"a":[1E0]}`;
  expect(readAlike(model("[2.6536986E-1]"))).toBe(model("2.6536986E-1"));
  expect(readAlike(model("5E-1"))).toBe(model("5E-1"));
});

test("a feature whose name looks like it stays", () => {
  const names = JSON.stringify([`"base_score":"[1]"`]);
  expect(readAlike(`{"feature_names":${names},"base_score":"[5E-1]"}`)).toBe(
    `{"feature_names":${names},"base_score":"5E-1"}`,
  );
});

test("more than one base score is refused", () => {
  expect(() => readAlike(`{"base_score":"[5E-1,5E-1]"}`)).toThrow("base_score");
});
