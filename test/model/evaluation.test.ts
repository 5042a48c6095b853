import { expect, test } from "vitest";
import { evaluate } from "../../src/lib/model/evaluation.ts";

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
