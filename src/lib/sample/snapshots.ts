import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { openDatabase } from "../duckdb/open.ts";
import { fileLiteral, literal } from "../duckdb/sql.ts";
import { writeFileAtomic } from "../files/atomic.ts";
import { makeTemporaryFolder } from "../files/temporary.ts";
import { telcoFile } from "./telco.ts";

/** Daily snapshots in the sample, the last one included. */
const SNAPSHOTS = 7;
/** Of 10,000 customers so many arrive in the table each day: about 28 of the 7,043. */
const ARRIVALS_A_DAY = 40;

const summary = z.object({
  customers: z.int(),
  rows: z.int(),
  snapshots: z.int(),
  first: z.string(),
  last: z.string(),
});
/** What a sample holds: `customers` on the last day, `rows` over all days, the days as YYYY-MM-DD. */
export type Sample = z.infer<typeof summary>;

/**
 * Writes a DuckDB file with the table `customers`: the Telco customers as daily snapshots. The last day is the real table;
 * the earlier days are rolled back from it. The same date gives the same rows.
 *
 * @param file  the DuckDB file; it is there whole or not at all
 * @param date  the last snapshot's date, YYYY-MM-DD
 * @throws {ServiceError} when the file can't be written
 */
export async function makeSample({ file, date }: { file: string; date: string }): Promise<Sample> {
  let sample: Sample | undefined;
  await writeFileAtomic(file, async (unfinished) => {
    if (!unfinished.includes("?")) {
      sample = await writeSample(unfinished, date);
      return;
    }
    // DuckDB takes what follows the question mark for a URL's, and looks for the folder of its log without it.
    const elsewhere = await makeTemporaryFolder("churn-");
    try {
      sample = await writeSample(join(elsewhere, "sample.duckdb"), date);
      await copyFile(join(elsewhere, "sample.duckdb"), unfinished);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
  return summary.parse(sample);
}

/** The file is closed when this returns. */
async function writeSample(file: string, date: string): Promise<Sample | undefined> {
  await using database = await openDatabase();
  await database.run(`ATTACH ${literal(file)} AS sample`);
  await database.run(`CREATE TABLE sample.customers AS ${snapshotsQuery(date)}`);
  const [sample] = await database.rows(SUMMARY, summary);
  await database.run("DETACH sample");
  return sample;
}

const SUMMARY = `
  SELECT
    count(DISTINCT customer_id)   AS customers,
    count(*)                      AS rows,
    count(DISTINCT snapshot_date) AS snapshots,
    min(snapshot_date)::VARCHAR   AS first,
    max(snapshot_date)::VARCHAR   AS last
  FROM sample.customers`;

/**
 * All snapshots, by day and id. A customer signed up `tenure` months before the last day and up to six days more, so
 * that the completed months on the last day are the real tenure. On an earlier day
 *
 * - those who sign up later are missing, and so are those whose hash says that they hadn't arrived yet; who has arrived stays;
 * - tenure is the completed months of that day, and each month less takes one monthly charge off the total.
 */
function snapshotsQuery(date: string): string {
  const last = `DATE ${literal(date)}`;
  return `
    WITH telco AS (
      SELECT
        format('C{:05d}', row_number() OVER () - 1)  AS customer_id,
        tenure,
        monthly_charges,
        total_charges,
        contract                                     AS contract_type,
        replace(payment_method, ' (automatic)', '')  AS payment_method,
        churn = 'Yes'                                AS churned
      FROM read_csv(${fileLiteral(telcoFile)}, hive_partitioning = false, header = true, nullstr = 'NA', types = {
        'churn': 'VARCHAR', 'tenure': 'INTEGER', 'monthly_charges': 'DECIMAL(8,2)', 'total_charges': 'DECIMAL(10,2)'
      })
    ),
    customers AS (
      SELECT
        *,
        CAST(${last} - to_months(tenure) AS DATE) - CAST(${hash("signup")} % 7 AS INTEGER) AS signup_date,
        ${hash("arrival")} % 10000 AS arrival
      FROM telco
    ),
    days AS (
      SELECT ${last} - CAST(days_before AS INTEGER) AS snapshot_date, days_before FROM range(${SNAPSHOTS}) AS _(days_before)
    ),
    snapshots AS (
      SELECT *, CAST(datesub('month', signup_date, snapshot_date) AS INTEGER) AS tenure_months
      FROM customers, days
      WHERE signup_date <= snapshot_date AND arrival >= ${ARRIVALS_A_DAY} * days_before
    )
    SELECT
      snapshot_date,
      customer_id,
      signup_date,
      tenure_months,
      monthly_charges,
      CASE WHEN total_charges IS NOT NULL -- greatest() passes over nulls
        THEN CAST(greatest(total_charges - monthly_charges * (tenure - tenure_months), 0) AS DECIMAL(10,2))
      END AS total_charges,
      contract_type,
      payment_method,
      churned
    FROM snapshots
    ORDER BY snapshot_date, customer_id`;
}

/** A number from 0 to 2³² − 1 for each customer and purpose. DuckDB's own hash() may change between its versions. */
function hash(purpose: string): string {
  return `CAST('0x' || left(sha256('${purpose}:' || customer_id), 8) AS UBIGINT)`;
}
