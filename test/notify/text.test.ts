import { expect, test } from "vitest";
import type { Message } from "../../src/lib/notify/message.ts";
import { plainText, title } from "../../src/lib/notify/text.ts";

const decided = {
  night: "2026-11-23",
  model: "churn-model",
  outcome: "better",
  reason: "F1 0.564 against 0.536 of version 1 (+5.3 %)",
  f1: 0.5641,
  auc_roc: 0.8271,
  rows: 1435,
  production: { version: 1, f1: 0.536 },
  improvement: 0.0531,
  mlflow_run_id: "df77cb73e3444e229fdc4dfb47bea9f3",
} as const;

const failed: Message = {
  kind: "failed",
  night: "2026-11-23",
  run: "20261123T050000Z-7f3a",
  stage: "validate",
  reason: "1 of 13 quality gates failed on raw/2026-11-23/customers.parquet",
  details: ["row_count   992   at least 1,000   failed"],
  hint: "look at the source",
  workspace: "/srv/churn",
  host: "ml-1",
};

test("a registered model is told with what it gains, and how it is promoted", () => {
  const message: Message = { kind: "registered", ...decided, version: 2 };
  expect(title(message)).toBe("New churn model registered!");
  expect(plainText(message)).toBe(
    `✅ New churn model registered!
Version 2   F1 0.564 (+5.3 % over version 1)   AUC-ROC 0.827
Model is now in Staging. Please review and promote to Production.
MLflow run df77cb73e3444e229fdc4dfb47bea9f3
churn promote --version 2`,
  );
});

test("a model that is registered for another reason than being better says which, and an unknown gain is no gain", () => {
  const message: Message = {
    kind: "registered",
    ...decided,
    outcome: "first_model",
    reason: "No production model",
    auc_roc: null,
    production: null,
    improvement: null,
    version: 1,
  };
  expect(plainText(message)).toBe(
    `✅ New churn model registered!
Version 1   F1 0.564   AUC-ROC undefined
Reason: No production model
Model is now in Staging. Please review and promote to Production.
MLflow run df77cb73e3444e229fdc4dfb47bea9f3
churn promote --version 1`,
  );
});

test("a night without a new model gives its reason", () => {
  expect(plainText({ kind: "not_registered", ...decided, outcome: "not_better" })).toBe(
    "ℹ️ Training completed, no new model registered.\nReason: F1 0.564 against 0.536 of version 1 (+5.3 %)",
  );
});

test("a failed run is told with its evidence, where it happened and what to do next", () => {
  expect(title(failed)).toBe("Churn training failed at validate, night of 2026-11-23");
  expect(plainText(failed)).toBe(
    `❌ Churn training failed at validate, night of 2026-11-23
1 of 13 quality gates failed on raw/2026-11-23/customers.parquet
row_count   992   at least 1,000   failed
/srv/churn on ml-1
Next: look at the source`,
  );
  expect(plainText({ ...failed, hint: null, details: [] })).toBe(
    `❌ Churn training failed at validate, night of 2026-11-23
1 of 13 quality gates failed on raw/2026-11-23/customers.parquet
/srv/churn on ml-1`,
  );
});
