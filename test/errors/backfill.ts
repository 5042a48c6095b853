import type { Row } from "./row.ts";

export const backfill: readonly Row[] = [
  {
    cause: "days of a backfill that failed",
    by: "test/program/backfill.test.ts",
    code: 2,
    says: "1 of 5 days failed",
    next: " has the log…backfill --since … --until …",
  },
  {
    cause: "a day of a backfill whose failure would end the others too",
    by: "test/program/backfill.test.ts",
    code: 5,
    says: "…it would end the other days as well, so 1 day of 2 stays without a night",
    next: "…backfill --since … --until …",
  },
];
