import { expect, test } from "vitest";
import { runPage } from "../../src/lib/tracking/run-page.ts";
import type { Run } from "../../src/lib/tracking/tracking.ts";

const run: Run = {
  runId: "a".repeat(32),
  experimentId: "7",
  runName: "churn 2026-11-23",
  status: "FINISHED",
  artifactUri: "",
  tags: {},
  params: {},
  metrics: {},
};
const found = async () => run;

test("a run at a server has a page, one in a folder has none", async () => {
  const page = `https://mlflow.company.com/ml/#/experiments/7/runs/${run.runId}`;
  for (const uri of ["https://mlflow.company.com/ml", "https://mlflow.company.com/ml/"])
    expect(await runPage({ uri, getRun: found }, run.runId)).toBe(page);
  expect(await runPage({ uri: "/srv/churn/mlruns", getRun: found }, run.runId)).toBeNull();
});

test("a server that doesn't know it, or doesn't answer, gives none", async () => {
  const uri = "https://mlflow.company.com";
  expect(await runPage({ uri, getRun: async () => undefined }, run.runId)).toBeNull();
  expect(await runPage({ uri, getRun: () => Promise.reject(new Error("no")) }, run.runId)).toBeNull();
  expect(await runPage({ uri, getRun: () => new Promise(() => {}) }, run.runId)).toBeNull();
}, 10_000);
