import { expect, test } from "vitest";
import { requireLimitedStages, selectStages } from "../../src/lib/supervise/select-stages.ts";
import { idleStage } from "../support/records.ts";

const pipeline = ["extract", "validate", "transform", "train"].map(idleStage);
const names = (options: Parameters<typeof selectStages>[1]) => selectStages(pipeline, options).map(({ name }) => name);

test("all stages up to --to are looked at, those before --from too", () => {
  expect(names({})).toEqual(["extract", "validate", "transform", "train"]);
  expect(names({ from: "transform" })).toEqual(["extract", "validate", "transform", "train"]);
  expect(names({ to: "validate" })).toEqual(["extract", "validate"]);
  expect(names({ from: "validate", to: "validate" })).toEqual(["extract", "validate"]);
});

test("--from after --to is refused", () => {
  expect(() => names({ from: "train", to: "validate" })).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "--from train comes after --to validate",
      hint: "the stages are extract, validate, transform, train",
    }),
  );
});

test("a name that is no stage's is refused with the one that was meant, or with all of them", () => {
  expect(() => names({ from: "trian" })).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "--from trian: there is no such stage",
      hint: "did you mean train?",
    }),
  );
  expect(() => names({ to: "x" })).toThrow(
    expect.objectContaining({
      message: "--to x: there is no such stage",
      hint: "the stages are extract, validate, transform, train",
    }),
  );
});

test("churn.yaml limits only stages that there are", () => {
  expect(() => requireLimitedStages(pipeline, { stages: { train: "2h" } })).not.toThrow();
  expect(() => requireLimitedStages(pipeline, { stages: { trai: "2h" } })).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message: "run.stages in churn.yaml: trai: there is no such stage",
      hint: "did you mean train?",
    }),
  );
});
