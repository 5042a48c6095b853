import { join } from "node:path";
import type * as z from "zod";
import type { configSchema } from "../../src/lib/config/schema.ts";
import { dataNight, writeDuckdb } from "../support/data-night.ts";

const SMALL = {
  dataset: { id: "id", target: { column: "churned" } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
  gates: { row_count: 1, null_rate: false, duplicate_rate: false, null_ids: false, classes: false, leakage: false },
} satisfies z.input<typeof configSchema>;

/**
 * Runs the stages of the data over a table of customers, up to the one that ends.
 *
 * @param columns  SQL over i, 0 to 399, besides id and churned
 */
export function night(
  config: Partial<z.input<typeof configSchema>>,
  columns = "",
  { churned = "i % 3 = 0", rows = 400 } = {},
): () => Promise<void> {
  return async () => {
    await using made = await dataNight({ ...SMALL, ...config });
    await writeDuckdb(
      join(made.root, "customers.duckdb"),
      `CREATE TABLE customers AS SELECT i AS id, ${churned} AS churned, i % 7 AS tenure, ['gold', 'free'][i % 2 + 1] AS plan${columns}
       FROM range(${rows}) AS r(i)`,
    );
    await made.run("extract", "validate", "transform", "features");
  };
}
