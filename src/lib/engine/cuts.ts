import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import { writeParquet } from "../duckdb/parquet.ts";
import { identifier, literal } from "../duckdb/sql.ts";
import { type Rows, rowsOf } from "../matrix/customers.ts";

/** Hashed with the id in the place of split.salt: who is drawn has nothing to do with who is a test customer, or who judges. */
const SALT = "cuts";
/** Half the time of SHA-256, and the same in every version of DuckDB. Nobody gains anything by an id that he chooses for its hash. */
const hashOf = (id: string) => `md5(${literal(SALT)} || CAST(${identifier(id)} AS VARCHAR))`;
/** Standard deviations by which more hashes are looked at than will be among the lowest. */
const SPARE = 6;

/** Customers whose values hist takes its cuts from, the bounds of its bins. */
export interface Cuts extends Rows {
  /** writes their features as Parquet, in their order */
  write(path: string): Promise<void>;
}

/**
 * Draws the customers with the lowest hashes of their ids, in the order of the hashes: whatever the order of rows, the same ones. They
 * are kept in the database, where they spill to the disk when there are many.
 *
 * @param relation  SQL that stands behind FROM, of `rowCount` customers
 * @param most      train.cuts.rows of churn.yaml
 */
export async function drawCuts(
  db: Database,
  relation: string,
  {
    id,
    features,
    rowCount,
    most,
  }: { readonly id: string; readonly features: readonly string[]; readonly rowCount: number; readonly most: number },
): Promise<Cuts> {
  const wanted = Math.min(most, rowCount);
  const hash = hashOf(id);
  const draw = async (condition: string) => {
    await db.run(`
      CREATE OR REPLACE TEMP TABLE cuts AS
      SELECT ${features.map(identifier).join(", ")} FROM ${relation} ${condition}
      ORDER BY ${hash} LIMIT ${wanted}`);
    const [counted] = await db.rows("SELECT count(*) AS rows FROM cuts", z.object({ rows: z.int() }));
    return counted?.rows ?? 0;
  };
  // To sort all customers would take more memory than to train on them. Ids whose hashes are no random numbers there may be.
  const bound = boundOf(wanted / rowCount, rowCount);
  const drawn = bound === undefined ? 0 : await draw(`WHERE ${hash} < ${literal(bound)}`);
  if (drawn < wanted) await draw("");
  return {
    ...rowsOf(db, "cuts", features, wanted),
    write: (path) => writeParquet(db, { sql: "FROM cuts" }, path),
  };
}

/** Digits below which a share of all hashes lies, almost surely; undefined where that is all of them. */
function boundOf(share: number, rowCount: number): string | undefined {
  const surely = share + SPARE * Math.sqrt(share / rowCount);
  return surely < 1
    ? Math.ceil(surely * 2 ** 32)
        .toString(16)
        .padStart(8, "0")
    : undefined;
}
