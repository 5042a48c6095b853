import { night } from "./night.ts";
import type { Row } from "./row.ts";

const ranges = (range: Record<string, { min: number }>) =>
  night({
    gates: { row_count: 1, null_rate: false, duplicate_rate: false, classes: false, leakage: false, ranges: range },
  });

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
];
