import type { Database } from "./database.ts";
import { literal } from "./sql.ts";

/**
 * Bounds the memory that a database takes; what doesn't fit is spilled to the disk.
 *
 * @param size  as DuckDB writes sizes: 1GB are 10⁹ bytes, 1GiB are 2³⁰; undefined: DuckDB's own bound
 */
export async function limitMemory(db: Pick<Database, "run">, size: string | undefined): Promise<void> {
  if (size !== undefined) await db.run(`SET memory_limit = ${literal(size)}`);
}
