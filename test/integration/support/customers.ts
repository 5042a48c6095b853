import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { fileLiteral } from "../../../src/lib/duckdb/sql.ts";
import type { Mariadb } from "./mariadb.ts";
import type { Postgres } from "./postgres.ts";

/** The sample's table, all its days, in other forms beside its DuckDB file; NULL is an empty field without quotes. */
export async function writeCustomers(workspace: string): Promise<{ readonly csv: string; readonly parquet: string }> {
  const [file, csv, parquet] = ["customers.duckdb", "customers.csv", "customers.parquet"].map((name) =>
    join(workspace, name),
  );
  await using db = await openDatabase();
  await db.run(`ATTACH ${fileLiteral(file ?? "")} AS sample (READ_ONLY)`);
  await db.run(`COPY sample.customers TO ${fileLiteral(csv ?? "")} (FORMAT csv, HEADER)`);
  await db.run(`COPY sample.customers TO ${fileLiteral(parquet ?? "")} (FORMAT parquet)`);
  return { csv: csv ?? "", parquet: parquet ?? "" };
}

/** The same as a table of PostgreSQL, in the types that people give such columns. */
export async function fillPostgres(postgres: Postgres, csv: string, database?: string): Promise<void> {
  await postgres.run(
    `CREATE TABLE customers (
      snapshot_date date NOT NULL, customer_id text NOT NULL, signup_date date, tenure_months integer,
      monthly_charges numeric(8,2), total_charges numeric(10,2), contract_type varchar(40), payment_method text, churned boolean,
      PRIMARY KEY (snapshot_date, customer_id)
    );
    \\copy customers FROM '${csv}' (FORMAT csv, HEADER)
    ANALYZE customers;`,
    database,
  );
}

/** The same as a table of MariaDB, which the user `churn` may read. */
export async function fillMariadb(mariadb: Mariadb, csv: string): Promise<void> {
  const [, ...lines] = (await readFile(csv, "utf8")).trim().split("\n");
  // No value of the sample has a comma or a quote in it.
  const value = (text: string) => (text === "" ? "NULL" : /^(?:true|false)$/.test(text) ? text : `'${text}'`);
  const rows = lines.map((line) => `(${line.split(",").map(value).join(",")})`);
  await mariadb.run(`
    USE shop;
    CREATE TABLE customers (
      snapshot_date date NOT NULL, customer_id varchar(20) NOT NULL, signup_date date, tenure_months int,
      monthly_charges decimal(8,2), total_charges decimal(10,2), contract_type varchar(40), payment_method varchar(40),
      churned boolean, PRIMARY KEY (snapshot_date, customer_id)
    );
    INSERT INTO customers VALUES ${rows.join(",\n")};`);
}
