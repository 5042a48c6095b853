import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { LAST_DAY } from "./workspaces.mjs";

/** Another one gives other customers. */
const SEED = 42;

/**
 * The customers of the sample's last day as CSV.
 *
 * @param {string} workspace  the sample's
 * @param {string} file
 */
export async function writeCustomersCsv(workspace, file) {
  await withSample(workspace, (connection) =>
    connection.run(`COPY (FROM sample.customers WHERE snapshot_date = DATE '${LAST_DAY}') TO '${file}' (HEADER)`),
  );
}

/**
 * So many customers as Parquet, with the columns of the sample. Each is a real one of its last day, drawn by a hash of the seed and
 * the customer's number, whose tenure is up to two months shorter or longer and whose charges differ by up to 5 %: so there are as
 * many amounts as in a real table of that size. The same seed, number and DuckDB give the same bytes. signup_date is a timestamp, of
 * which pandas makes no object a row.
 *
 * @param {string} workspace  the sample's
 * @param {string} file
 * @param {number} rows
 */
export async function writeScaledCustomers(workspace, file, rows) {
  await withSample(workspace, async (connection) => {
    await connection.run(`
      CREATE TABLE real AS
      SELECT row_number() OVER (ORDER BY customer_id) - 1 AS number, *
      FROM sample.customers WHERE snapshot_date = DATE '${LAST_DAY}'`);
    const [[count]] = (await connection.runAndReadAll("SELECT count(*) FROM real")).getRows();
    const drawn = (what, below) => `(hash(i, ${SEED}, '${what}') % ${below})::INTEGER`;
    const charge = (column) => `round(${column} * (0.95 + ${drawn(column, 1001)} / 10000.0), 2)::DOUBLE`;
    await connection.run(`
      COPY (
        SELECT snapshot_date, customer_id,
          snapshot_date - to_months(tenure_months) - to_days(${drawn("signup day", 28)}) AS signup_date,
          tenure_months, monthly_charges, total_charges, contract_type, payment_method, churned
        FROM (
          SELECT i, snapshot_date, printf('C%09d', i) AS customer_id,
            least(72, greatest(0, tenure_months + ${drawn("tenure", 5)} - 2))::INTEGER AS tenure_months,
            ${charge("monthly_charges")} AS monthly_charges, ${charge("total_charges")} AS total_charges,
            contract_type, payment_method, churned
          FROM range(${rows}) AS numbers(i)
          JOIN real ON real.number = hash(i, ${SEED}, 'customer') % ${count}
        )
      ) TO '${file}' (FORMAT parquet)`);
  });
}

async function withSample(workspace, work) {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`ATTACH '${join(workspace, "customers.duckdb")}' AS sample (READ_ONLY)`);
  await work(connection);
  connection.closeSync();
  instance.closeSync();
}
