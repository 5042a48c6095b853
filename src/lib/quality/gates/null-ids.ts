import { decimal, whole } from "../../cli/numbers.ts";
import { identifier } from "../../duckdb/sql.ts";
import { defineGate } from "./gate.ts";
import { count, limitSetting } from "./setting.ts";

/** Customers whom no night could tell from each other. */
export const nullIds = defineGate({
  name: "null_ids",
  schema: limitSetting(count, 0).describe("at most so many rows without an id"),
  measures: ({ dataset }) => ({ null_ids: `count(*) FILTER (WHERE ${identifier(dataset.id)} IS NULL)` }),
  check: ({ limit }, { measured }) => {
    const found = measured("null_ids") ?? 0;
    return { holds: found <= limit, observed: found, limit: `at most ${whole(limit)}` };
  },
  shown: decimal,
});
