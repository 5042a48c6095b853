import { expect, test } from "vitest";
import { aucRoc } from "../../../src/lib/model/metrics/auc-roc.ts";
import { f1 } from "../../../src/lib/model/metrics/f1.ts";
import { metricText, unitInterval } from "../../../src/lib/model/metrics/metric.ts";

test("a metric in words has its title and its value for people", () => {
  expect(metricText(f1, { f1: 0.56449 })).toBe("F1 0.564");
  expect(metricText({ ...f1, title: "lift", name: "lift", shown: (value) => `${value} ×` }, { lift: 2 })).toBe(
    "lift 2 ×",
  );
});

test("one that is null, or that a file of before doesn't have, is undefined; 0 is a value", () => {
  expect(metricText(aucRoc, { f1: 0.5, auc_roc: null })).toBe("AUC undefined");
  expect(metricText(aucRoc, { f1: 0.5 })).toBe("AUC undefined");
  expect(metricText({ ...aucRoc, shown: (value) => `${value} ×` }, { auc_roc: null })).toBe("AUC undefined");
  expect(metricText(f1, { f1: 0 })).toBe("F1 0.000");
});

test("shares lie from 0 to 1", () => {
  expect([-0.01, 0, 1, 1.01].map((value) => unitInterval.safeParse(value).success)).toEqual([false, true, true, false]);
});
