import { expect, test } from "vitest";
import type { ComparisonReport } from "../../src/lib/compare/report.ts";
import { decisionMessage, message } from "../../src/lib/notify/message.ts";

const metrics = { accuracy: 0.8, precision: 0.6, recall: 0.5, f1: 0.55, auc_roc: 0.83, log_loss: 0.4 };
const comparison: ComparisonReport = {
  should_deploy: true,
  outcome: "better",
  reason: "F1 0.550 against 0.500 of version 3 (+10.0 %)",
  rows: 1435,
  new: { model_digest: "d".repeat(64), threshold: 0.5, metrics },
  production: {
    version: 3,
    model_digest: "e".repeat(64),
    threshold: 0.4,
    metrics: { ...metrics, f1: 0.5 },
    recorded_f1: 0.51,
    problem: null,
  },
  improvement: 0.1,
  min_improvement: 0.01,
  rules: [],
  production_moved: null,
  last_promotion: null,
  older: null,
};
const registration = {
  registered: true,
  name: "churn-model",
  version: 4,
  stage: "Staging",
  outcome: "better",
  reason: comparison.reason,
  archived: [],
} as const;
const facts = { night: "2026-11-23", mlflowRunId: "a".repeat(32) };

const told = {
  night: "2026-11-23",
  model: "churn-model",
  outcome: "better",
  reason: "F1 0.550 against 0.500 of version 3 (+10.0 %)",
  f1: 0.55,
  auc_roc: 0.83,
  rows: 1435,
  production: { version: 3, f1: 0.5 },
  improvement: 0.1,
  min_improvement: 0.01,
  recorded_f1: 0.51,
  stage: "Staging",
  production_moved: null,
  mlflow_run_id: "a".repeat(32),
};

test("a registered version is told with its figures and what it was held against", () => {
  const made = decisionMessage({ ...facts, comparison, registration: { ...registration, archived: [] } });
  expect(made).toEqual({ kind: "registered", ...told, version: 4 });
  expect(message.parse(made)).toEqual(made);
});

test("a model that was not registered has no version, be there a twin or none", () => {
  for (const version of [null, 2]) {
    const none = { ...registration, archived: [], registered: false, version };
    expect(decisionMessage({ ...facts, comparison, registration: none })).toEqual({ kind: "not_registered", ...told });
  }
});

test("a first model that is too weak, or an older night's, is told with its reason", () => {
  for (const outcome of ["first_model_too_weak", "older_night"] as const) {
    const none = { ...registration, archived: [], registered: false, version: null, outcome, reason: "why" };
    const made = decisionMessage({ ...facts, comparison: { ...comparison, outcome }, registration: none });
    expect(made).toMatchObject({ kind: "not_registered", outcome, reason: "why" });
    expect(message.parse(made)).toEqual(made);
  }
});

test("a first model is held against nothing, one that can't be scored has no F1", () => {
  const first = { ...comparison, production: null, improvement: null };
  const made = { ...registration, archived: [] };
  expect(decisionMessage({ ...facts, comparison: first, registration: made })).toMatchObject({
    production: null,
    improvement: null,
  });
  const unscorable = {
    ...comparison,
    production: comparison.production && { ...comparison.production, metrics: null },
  };
  expect(decisionMessage({ ...facts, comparison: unscorable, registration: made })).toMatchObject({
    production: { version: 3, f1: null },
  });
});
