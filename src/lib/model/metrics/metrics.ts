import { accuracy } from "./accuracy.ts";
import { aucRoc } from "./auc-roc.ts";
import { f1 } from "./f1.ts";
import { logLossMetric } from "./log-loss.ts";
import type { Metric } from "./metric.ts";
import { precision } from "./precision.ts";
import { recall } from "./recall.ts";

/** Every metric, in the order of evaluation.json. */
export const metrics: readonly Metric[] = [accuracy, precision, recall, f1, aucRoc, logLossMetric];
