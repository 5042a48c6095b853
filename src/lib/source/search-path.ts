import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";

/** Does work with a database's names as the first that are looked for. */
export type Within = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Where a query's tables are found: an attached database, while the query is read and no longer. All that is stored in it is in
 * front of DuckDB's own then, a macro called as a function of DuckDB's too, so SQL of churn's around a query calls
 * functions as `builtin` of duckdb/sql.ts names them.
 */
export function searchPath(db: Database, database: string): Within {
  return async (work) => {
    await db.run(`USE ${identifier(database)}.main`);
    const [result] = await Promise.allSettled([work()]);
    // A database that damage has made useless can't go back either, and what is to be told is the damage.
    const back = db.run("USE memory.main");
    if (result.status === "rejected") {
      await back.catch(() => {});
      throw result.reason;
    }
    await back;
    return result.value;
  };
}
