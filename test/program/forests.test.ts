import { expect } from "vitest";
import { churn, dayBefore, lastDay } from "../support/churn.ts";
import { newest } from "../support/libxgboost.ts";
import { workspaceAfter } from "../support/mistake.ts";

const test = workspaceAfter(["run-all", "--date", dayBefore, "--set", "train.engine=wasm"]);
const forest = ["--set", "train.algorithm=random-forest", "--set", "train.rounds=10"];
/** The sample's params are those of boosting. */
const params = ["--set", "train.params={max_depth: 6}"];

test.for([
  { engine: "wasm", says: /10 trees \(exact\), ml-xgboost 1\.1\.2, log loss 0\.\d+/ },
  { engine: "native", says: /10 trees \(hist\), XGBoost 3\.4\.1, log loss 0\.\d+/ },
  { engine: "mljs", says: /10 trees, ml-random-forest 2\.1\.0, log loss 0\.\d+/ },
])(
  "a forest grown by $engine is judged against the model of the night before",
  async ({ engine, says }, { workspace, skip }) => {
    skip(engine === "native" && newest === "", "no libxgboost");
    const words = ["run-all", "--date", lastDay, "--set", `train.engine=${engine}`, ...forest, ...params];
    const night = await churn(workspace, words, engine === "native" ? { CHURN_LIBXGBOOST: newest } : {});
    expect(night).toMatchObject({ exitCode: 0 });
    expect(night.stderr).toMatch(says);
    expect(night.stderr).toMatch(/✔ evaluate .* F1 0\.\d+, AUC 0\.8\d+/);
    expect(night.stderr).toContain("driven by: ");
    expect(night.stderr).not.toContain("not explained");
  },
);

test("a forest has no rounds to stop after", async ({ workspace }) => {
  const stopping = ["--set", "train.early_stopping={}"];
  const night = await churn(workspace, ["run-all", "--date", lastDay, ...forest, ...params, ...stopping]);
  expect(night.exitCode).toBe(2);
  expect(night.stderr).toContain("train.early_stopping");
});
