import type { Config } from "../config/schema.ts";
import { databaseAhead } from "../duckdb/open.ts";
import { checkExpression } from "./expression.ts";

/**
 * Checks fills and derived columns before there are customers: all that `checkExpression` checks but for the columns' names.
 * DuckDB is opened when there is an expression to check, and stays open for the work that follows.
 *
 * @throws {UsageError} when one is refused
 */
export async function checkExpressionsAhead({
  dataset: { target },
  transform: { fill, derive },
}: Pick<Config, "dataset" | "transform">): Promise<void> {
  const expressions = Object.entries({ fill, derive }).flatMap(([section, columns]) =>
    Object.entries(columns).map(([name, expression]) => ({ key: `transform.${section}.${name}`, expression })),
  );
  if (expressions.length === 0) return;
  const db = await databaseAhead();
  for (const { key, expression } of expressions) {
    await checkExpression(db, { key, expression, columns: undefined, target: target.column });
  }
}
