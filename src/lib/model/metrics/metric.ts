import * as z from "zod";
import type { Confusion } from "./confusion-matrix.ts";

/** A model's predictions beside what happened, row by row. */
export interface Judged {
  /** 1 = churned, 0 = stayed; shape (nRows,) */
  readonly yTrue: Uint8Array;
  /** of churn; shape (nRows,) */
  readonly probability: Float32Array;
  /** 1 where the probability is above the threshold; shape (nRows,) */
  readonly yPred: Uint8Array;
  readonly confusion: Confusion;
}

/**
 * A metric of a classifier as a value. Scores are scikit-learn 1.9's (golden/metrics.json holds its values), labels and
 * predictions 1 = churned, 0 = stayed.
 */
export interface Metric {
  /** in evaluation.json, comparison.json and MLflow */
  readonly name: string;
  /** for people */
  readonly title: string;
  /** what a file may hold */
  readonly schema: z.ZodType<number | null, number | null>;
  /** NaN where it is undefined and has no agreed value: files say null */
  readonly score: (judged: Judged) => number;
  /** why it is undefined on these rows; nothing where it is defined */
  readonly whyUndefined?: (confusion: Confusion) => string | undefined;
  /** the value for people */
  readonly shown: (value: number) => string;
}

/** From 0 to 1. */
export const unitInterval = z.number().min(0).max(1);

/** A metric of a file in words, "F1 0.564"; one that the file doesn't have is undefined. */
export function metricText(
  { name, title, shown }: Metric,
  metrics: Readonly<Record<string, number | null | undefined>>,
): string {
  const value = metrics[name] ?? null;
  return `${title} ${value === null ? "undefined" : shown(value)}`;
}
