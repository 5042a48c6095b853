import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { comparison, evaluation } from "../../src/lib/artifacts/artifacts.ts";
import { dayBefore, lastDay } from "../support/churn.ts";
import { newest } from "../support/libxgboost.ts";
import { complaint, succeeds, workspaceAfter } from "../support/mistake.ts";
import { churn } from "../support/program.ts";
import { readArtifact } from "../support/read-artifact.ts";

// The sample's churn.yaml has parameters of boosting.
const forest = ["train.algorithm=random-forest", "train.params={}", "train.rounds=10"].flatMap((set) => ["--set", set]);
const mljs = [...forest, "--set", "train.engine=mljs"];
const test = workspaceAfter(["run-all", "--date", dayBefore, ...mljs], ["promote", "--version", "1", "--yes"]);

test("a night of ml-random-forest's goes into production, and one of XGBoost's forest is judged against it", async ({
  workspace,
}) => {
  const { stderr } = await succeeds(workspace, ["run-all", "--date", lastDay, ...forest]);
  expect(stderr).toMatch(/train .* 10 trees \(exact\), ml-xgboost 1\.1\.2, log loss 0\.4/);

  for (const [night, objective] of [
    [dayBefore, "reg:squarederror"],
    [lastDay, "binary:logistic"],
  ] as const) {
    const read = (name: string) => readFile(join(workspace, "models", night, "model", name), "utf8");
    const text = await read("model.json");
    expect(text).toContain(`"objective":{"name":"${objective}"`);
    expect(text).toContain('"num_parallel_tree":"10","num_trees":"10"');
    expect(await read("MLmodel")).toMatch(/^ {2}algorithm: "random-forest"$/m);
    expect((await readArtifact(workspace, evaluation, night)).metrics.auc_roc).toBeGreaterThan(0.78);
  }
  expect(await readArtifact(workspace, comparison, lastDay)).toMatchObject({
    outcome: expect.stringMatching(/^(?:not_)?better$/),
    production: { version: 1, problem: null, metrics: { auc_roc: expect.any(Number) } },
  });
});

test("ml-random-forest's model is grown again with the same bytes, and known again in production", async ({
  workspace,
}) => {
  await succeeds(workspace, ["run-all", "--date", dayBefore, "--again", ...mljs]);
  const [first, again] = [dayBefore, `${dayBefore}.2`];
  const model = (night: string) => readFile(join(workspace, "models", night, "model", "model.json"), "utf8");
  expect((await model(again)) === (await model(first))).toBe(true);
  const { metrics } = await readArtifact(workspace, evaluation, first);
  expect(await readArtifact(workspace, comparison, again)).toMatchObject({
    outcome: "identical",
    production: { version: 1, metrics },
  });
});

test("libxgboost grows one in bins, drawing features for each split", async ({ workspace, skip }) => {
  skip(newest === "", "no libxgboost");
  const words = ["run-all", "--date", lastDay, ...forest, "--set", "train.engine=native"];
  const { exitCode, stderr } = await churn(workspace, words, { CHURN_LIBXGBOOST: newest });
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/10 trees \(hist\), XGBoost 3\.4\.1, log loss 0\.4/);
  expect(stderr).toMatch(/✔ evaluate .* AUC 0\.8\d+\n *driven by: /);
});

test("a forest has no rounds to stop after", async ({ workspace }) => {
  const night = await churn(workspace, ["run-all", "--date", lastDay, ...forest, "--set", "train.early_stopping={}"]);
  expect(complaint(night)).toMatchObject({ exitCode: 2, error: expect.stringContaining("train.early_stopping") });
});

test("an engine of forests alone is refused for boosting before anything runs", async ({ workspace }) => {
  expect(complaint(await churn(workspace, ["run-all", "--date", lastDay, "--set", "train.engine=mljs"]))).toEqual({
    exitCode: 2,
    error: '--set train.engine: train.engine must be auto, native or wasm with train.algorithm: xgboost, but is "mljs"',
    next: [],
  });
});
