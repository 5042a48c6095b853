import { describe, expect, test } from "vitest";
import * as z from "zod";
import { classificationMetrics, evaluate, evaluationFormat } from "../../src/lib/model/evaluation.ts";
import type { Metric } from "../../src/lib/model/metrics/metric.ts";
import { metrics } from "../../src/lib/model/metrics/metrics.ts";

test("figures, confusion matrix and predictions of a small night", () => {
  const { metrics, confusion, predicted, warnings } = evaluate(
    Uint8Array.of(1, 0, 1, 0),
    Float32Array.of(0.875, 0.75, 0.25, 0.125),
    0.5,
  );
  expect(metrics).toEqual({
    accuracy: 0.5,
    precision: 0.5,
    recall: 0.5,
    f1: 0.5,
    auc_roc: 0.75,
    log_loss: -(Math.log(0.875) + Math.log(0.25) + Math.log(0.25) + Math.log(0.875)) / 4,
  });
  expect(confusion).toEqual({ true_positives: 1, false_positives: 1, false_negatives: 1, true_negatives: 1 });
  expect(predicted).toEqual(Uint8Array.of(1, 1, 0, 0));
  expect(warnings).toEqual([]);
});

test("a probability equal to the threshold is no churner; a float32 is compared as the double that it is", () => {
  const { predicted } = evaluate(Uint8Array.of(1, 1, 1), Float32Array.of(0.5, 0.50000006, 0.3), 0.3);
  expect(predicted).toEqual(Uint8Array.of(1, 1, 1)); // float32 0.3 is 0.30000001…
  expect(evaluate(Uint8Array.of(1), Float32Array.of(0.5), 0.5).predicted).toEqual(Uint8Array.of(0));
});

test("undefined metrics have scikit-learn's value and a warning, AUC is null", () => {
  const nobodyPredicted = evaluate(Uint8Array.of(1, 0), Float32Array.of(0.25, 0.125), 0.5);
  expect(nobodyPredicted.metrics).toMatchObject({ precision: 0, recall: 0, f1: 0, auc_roc: 1 });
  expect(nobodyPredicted.warnings).toEqual(["precision is undefined and set to 0: no customer is predicted to churn"]);

  const nobodyChurned = evaluate(Uint8Array.of(0, 0), Float32Array.of(0.25, 0.125), 0.5);
  expect(nobodyChurned.metrics).toMatchObject({ accuracy: 1, precision: 0, recall: 0, f1: 0, auc_roc: null });
  expect(nobodyChurned.warnings).toEqual([
    "precision is undefined and set to 0: no customer is predicted to churn",
    "recall is undefined and set to 0: no test customer churned",
    "F1 is undefined and set to 0: no test customer churned or is predicted to",
    "AUC is undefined: every test customer stayed",
  ]);

  const everyoneChurned = evaluate(Uint8Array.of(1, 1), Float32Array.of(0.75, 0.625), 0.5);
  expect(everyoneChurned.metrics).toMatchObject({ accuracy: 1, precision: 1, recall: 1, f1: 1, auc_roc: null });
  expect(everyoneChurned.warnings).toEqual(["AUC is undefined: every test customer churned"]);
});

test("no test customers is an input error", () => {
  expect(() => evaluate(new Uint8Array(), new Float32Array(), 0.5)).toThrow(
    expect.objectContaining({ exitCode: 4, message: "there are no test customers to judge the model on" }),
  );
});

test("metrics are written in the list's order after F1, by which models are compared", () => {
  const { metrics: figures } = evaluate(Uint8Array.of(1, 0), Float32Array.of(0.75, 0.25), 0.5);
  expect(Object.keys(figures)).toEqual(["f1", "accuracy", "precision", "recall", "auc_roc", "log_loss"]);
});

describe("with a metric that this churn doesn't have", () => {
  /** The share of customers who are predicted to churn; undefined where that is everyone. */
  const alarmRate: Metric = {
    name: "alarm_rate",
    title: "alarm rate",
    schema: z.number().nullable(),
    score: ({ yPred }) => {
      const alarms = yPred.reduce((sum, one) => sum + one, 0);
      return alarms === yPred.length ? Number.NaN : alarms / yPred.length;
    },
    whyUndefined: ({ falseNegatives, trueNegatives }) =>
      falseNegatives + trueNegatives === 0 ? "every customer is predicted to churn" : undefined,
    shown: String,
  };
  const more = [alarmRate, ...metrics];
  const [yTrue, probability] = [Uint8Array.of(1, 0, 0, 0), Float32Array.of(0.75, 0.25, 0.25, 0.25)];

  test("a list of metrics is all that an evaluation needs to have it", () => {
    const { metrics: figures, warnings } = evaluate(yTrue, probability, 0.5, more);
    expect(figures.alarm_rate).toBe(0.25);
    expect(Object.keys(figures)).toEqual(["f1", ...more.map(({ name }) => name).filter((name) => name !== "f1")]);
    expect(warnings).toEqual([]);
    const everyone = evaluate(yTrue, probability, 0.125, more);
    expect(everyone.metrics.alarm_rate).toBeNull();
    expect(everyone.warnings).toEqual(["alarm rate is undefined: every customer is predicted to churn"]);
  });

  test("a file of before is read by who has it, and its file by who doesn't", () => {
    const before = { accuracy: 0.8, precision: 0.6, recall: 0.5, f1: 0.5454, auc_roc: null, log_loss: 0.4 };
    expect(classificationMetrics.parse(before)).toEqual(before);
    const after = { ...before, alarm_rate: 0.25, lift: null };
    expect(classificationMetrics.parse(after)).toEqual(after);
    const report = {
      threshold: 0.5,
      rows: 4,
      positives: 1,
      metrics: after,
      confusion_matrix: { true_positives: 1, false_positives: 0, false_negatives: 0, true_negatives: 3 },
      importance: null,
      shap: null,
      explained_by: null,
      warnings: [],
    };
    expect(evaluationFormat.schema.parse(report)).toEqual(report);
  });

  test("a file with fewer is read as long as it has F1", () => {
    expect(classificationMetrics.parse({ f1: 0.5 })).toEqual({ f1: 0.5 });
    expect(classificationMetrics.safeParse({ accuracy: 0.5 }).success).toBe(false);
    expect(classificationMetrics.safeParse({ f1: null }).success).toBe(false);
  });

  test("what is no figure is refused, of whatever name it is", () => {
    expect(classificationMetrics.safeParse({ f1: 0.5, lift: "high" }).success).toBe(false);
    expect(classificationMetrics.safeParse({ f1: 0.5, accuracy: 1.5 }).success).toBe(false);
    expect(classificationMetrics.safeParse({ f1: 0.5, log_loss: -1 }).success).toBe(false);
  });
});

test("a report of before models were explained says so; one of now keeps a feature of any name", () => {
  const counts = { true_positives: 1, false_positives: 0, false_negatives: 0, true_negatives: 3 };
  const report = {
    threshold: 0.5,
    rows: 4,
    positives: 1,
    metrics: { f1: 1 },
    confusion_matrix: counts,
    warnings: [],
  };
  const old = { schema_version: 2, churn_version: "1.8.0", ...report };
  expect(evaluationFormat.read(old, "evaluation.json")).toEqual({
    ...report,
    importance: null,
    shap: null,
    explained_by: null,
  });
  const explained = {
    ...report,
    importance: [{ feature: "__proto__", gain: -0.5, weight: 1, cover: 3 }],
    shap: { rows: 128, bias: -1, features: [{ feature: "__proto__", mean_abs: 0.25 }] },
    explained_by: "churn",
  };
  const written: unknown = JSON.parse(JSON.stringify(evaluationFormat.write(explained)));
  expect(evaluationFormat.read(written, "evaluation.json")).toEqual(explained);
});
