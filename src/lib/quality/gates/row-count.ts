import { decimal, whole } from "../../cli/numbers.ts";
import { defineGate } from "./gate.ts";
import { count, limitSetting } from "./setting.ts";

/** A half-loaded table. */
export const rowCount = defineGate({
  name: "row_count",
  schema: limitSetting(count, 1000).describe("at least so many rows"),
  check: ({ limit }, { today }) => ({
    holds: today.row_count >= limit,
    observed: today.row_count,
    limit: `at least ${whole(limit)}`,
  }),
  shown: decimal,
});
