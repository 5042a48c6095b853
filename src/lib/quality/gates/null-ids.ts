import * as z from "zod";
import { decimal, whole } from "../../cli/numbers.ts";
import { identifier } from "../../duckdb/sql.ts";
import { defineGate } from "./gate.ts";
import { count, limitSetting } from "./setting.ts";

/** Customers whom no night could tell from each other. */
export const nullIds = defineGate({
  name: "null_ids",
  schema: limitSetting(count, 0).describe("at most so many rows without an id"),
  isWaivable: false,
  search:
    ({ dataset }) =>
    async (db, relation) => {
      // By itself it is answered by Parquet's statistics; together with others all ids would be read.
      const [found] = await db.rows(
        `SELECT count(*) - count(${identifier(dataset.id)}) AS null_ids FROM ${relation}`,
        z.object({ null_ids: z.int() }),
      );
      return { ...found };
    },
  check: ({ limit }, { found: { null_ids: found = 0 } }) => {
    return { holds: found <= limit, observed: found, limit: `at most ${whole(limit)}` };
  },
  shown: decimal,
});
