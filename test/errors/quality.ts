import { configSchema } from "../../src/lib/config/schema.ts";
import { requireFailed, waivingOf } from "../../src/lib/quality/waivers.ts";
import { night } from "./night.ts";
import type { Row } from "./row.ts";

const ranges = (range: Record<string, { min: number }>) =>
  night({
    gates: { row_count: 1, null_rate: false, duplicate_rate: false, classes: false, leakage: false, ranges: range },
  });

const settings = configSchema.parse({
  dataset: { id: "id", target: { column: "churned" } },
  source: { url: "csv:customers.csv" },
  gates: { duplicate_rate: false, ranges: { tenure: { min: 0 } } },
}).gates;
const waiving = (accept: readonly string[], reason?: string) => () => waivingOf({ accept, reason }, settings);
const these =
  "these can, once they have failed: row_count, null_rate, rows_against_previous, target_rate_against_previous, columns, csv_format, ranges.tenure, leakage";

export const quality: readonly Row[] = [
  {
    cause: "a range of a column that isn't there",
    by: ranges({ tenur: { min: 0 } }),
    code: 2,
    says: "gates.ranges: the customers have no column tenur",
    next: "did you mean tenure?",
  },
  {
    cause: "a range of text",
    by: ranges({ plan: { min: 0 } }),
    code: 2,
    says: "gates.ranges: plan is of type VARCHAR, a range needs numbers",
    next: "dataset: { types: { plan: numeric } } reads text as numbers",
  },
  {
    cause: "a waiver of nothing",
    by: waiving([], "two branches were closed"),
    code: 2,
    says: "--reason says why a gate is waived, and no --accept names one",
    next: these,
  },
  {
    cause: "a waiver without a reason",
    by: waiving(["row_count"]),
    code: 2,
    says: "--accept needs a reason, which is recorded and told",
    next: 'say it with --reason "…"',
  },
  {
    cause: "a waiver of a gate that isn't set",
    by: waiving(["row_cont"], "why"),
    code: 2,
    says: "--accept row_cont: churn.yaml sets no such gate",
    next: "did you mean row_count?",
  },
  {
    cause: "a waiver of a gate that is switched off",
    by: waiving(["duplicate_rate"], "why"),
    code: 2,
    says: "--accept duplicate_rate: churn.yaml sets no such gate",
    next: these,
  },
  {
    cause: "a waiver of what nobody may waive",
    by: waiving(["null_ids"], "why"),
    code: 2,
    says: "--accept null_ids: this gate can't be waived, for such customers make no model",
    next: these,
  },
  {
    cause: "a waiver of a gate that stops nothing",
    by: waiving(["new_categories"], "why"),
    code: 2,
    says: "--accept new_categories: this gate only warns, there is nothing to waive",
    next: these,
  },
  {
    cause: "a waiver of a gate that holds",
    by: () => requireFailed({ gates: ["null_rate"], reason: "why" }, ["row_count", "classes"], "2026-11-23"),
    code: 2,
    says: "--accept null_rate: this gate has not failed, there is nothing to waive",
    next: "what can be waived: row_count",
  },
];
