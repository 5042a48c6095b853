import type { Database } from "./database.ts";
import { literal } from "./sql.ts";

/**
 * Of a bound, what DuckDB's own counts: files that it reads and writes, and text on its way, are beyond its limit
 * (https://duckdb.org/docs/stable/operations_manual/limits#memory-limit).
 */
const COUNTED = 0.75;

/**
 * Bounds the memory that a database takes; what doesn't fit is spilled to the disk.
 *
 * @param size  a number and a unit, as DuckDB writes sizes: 1GB are 10⁹ bytes, 1GiB are 2³⁰; undefined: DuckDB's own bound
 */
export async function limitMemory(db: Pick<Database, "run">, size: string | undefined): Promise<void> {
  const [, number, unit] = /^([\d.]+) ?([A-Za-z]+)$/.exec(size ?? "") ?? [];
  if (number === undefined || unit === undefined) return;
  await db.run(`SET memory_limit = ${literal(`${(Number(number) * COUNTED).toFixed(3)}${unit}`)}`);
}
