import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { literal } from "../../src/lib/duckdb/sql.ts";
import type { Row } from "./row.ts";
import { duckdb } from "./snapshot-of.ts";

export const sourceQuery: readonly Row[] = [
  // The query
  {
    cause: "{date} in quotes",
    by: duckdb({ query: "SELECT * FROM customers WHERE day = '{date}'" }),
    code: 2,
    says: "source.query: {date} stands in quotes",
    next: "write snapshot_date = {date}; it is bound as a value",
  },
  {
    cause: "{date} in a comment",
    by: duckdb({ query: "SELECT * FROM customers -- {date}" }),
    code: 2,
    says: "source.query: {date} stands in a comment or in a text",
    next: "write snapshot_date = {date}, and leave it out elsewhere",
  },
  {
    cause: "a query of nothing",
    by: duckdb({ query: " ;" }),
    code: 2,
    says: "source.query is empty",
    next: "a SELECT that gives one row a customer",
  },
  {
    cause: "a query of two statements",
    by: duckdb({ query: "SELECT * FROM customers; SELECT 1" }),
    code: 2,
    says: "source.query: 2 statements stand there, and one is asked",
    next: "a SELECT that gives one row a customer",
  },
  {
    cause: "a parameter that isn't {date}",
    by: duckdb({ query: "SELECT * FROM customers WHERE id = $1" }),
    code: 2,
    says: "source.query: nothing is bound to the parameter 1",
    next: "{date} is the only one",
  },
  {
    cause: "a query that is no SQL",
    by: duckdb({ query: "SELECT * FORM customers" }),
    code: 2,
    says: 'source.query: Parser Error: syntax error at or near "customers"',
    next: "a SELECT that gives one row a customer",
  },
  {
    cause: "a query that closes its bracket",
    by: duckdb({ query: "SELECT 1) AS a; COPY customers TO 'x.csv'; SELECT * FROM (SELECT 2" }),
    code: 2,
    says: 'source.query: Parser Error: syntax error at or near ")"',
    next: "a SELECT that gives one row a customer",
  },
  {
    cause: "a query that writes",
    by: duckdb({ query: "DELETE FROM customers" }),
    code: 2,
    says: "source.query is a statement of the kind DELETE",
    next: "a SELECT that gives one row a customer",
  },
  {
    cause: "a query of a column that isn't there",
    by: duckdb({ query: "SELECT nope FROM customers" }),
    code: 2,
    says: 'source.query: Binder Error: Referenced column "nope" not found in FROM clause!',
    next: "a SELECT that gives one row a customer",
  },
  {
    cause: "a cast in a query that fails on one row",
    by: duckdb({ query: "SELECT id, churned, CASE WHEN id = 3 THEN 'n/a' ELSE '1' END::INT AS n FROM customers" }),
    code: 2,
    says: "source.query: Conversion Error: Could not convert string 'n/a' to INT32",
    next: "TRY_CAST in source.query makes null of what can't be cast",
  },
  {
    cause: "a query that names another database",
    by: duckdb({ query: "SELECT * FROM crm.main.customers" }),
    code: 2,
    says: 'source.query: Binder Error: Catalog "crm" does not exist!',
    next: "crm is another database, or what this file was called when its views were made: have what is needed copied into it, or call it so again",
  },
  {
    cause: "a query that needs an extension",
    by: duckdb({ query: "SELECT *, st_point(1, 2) AS place FROM customers" }),
    code: 2,
    says: 'source.query: Catalog Error: Scalar Function with name "st_point" is not in the catalog, but it exists in the spatial extension.',
    next: "none of DuckDB's extensions is loaded here: have it done by the program that writes the file",
  },
  {
    cause: "a query over a file that isn't there",
    by: (root) => duckdb({ query: `SELECT * FROM read_csv('${root}/gone.csv')` })(root),
    code: 2,
    says: 'source.query: IO Error: No files found that match the pattern "FOLDER/gone.csv"',
    next: "relative names of files start at the workspace's folder",
  },
  {
    cause: "a query over a file that lies elsewhere",
    by: duckdb({ query: "SELECT * FROM read_text('/etc/passwd')" }),
    code: 2,
    says: "source.query: /etc/passwd is in none of the folders that it may read",
    next: 'if it is meant, source: { files: ["/etc"] } in churn.yaml lets it be read',
  },
  {
    cause: "a query over a CSV file with a bad value",
    by: async (root) => {
      await writeFile(join(root, "a.csv"), "id;churned\n1;true\nx;false\n");
      const query = `SELECT * FROM read_csv(${literal(join(root, "a.csv"))}, columns = {'id': 'INT', 'churned': 'BOOLEAN'})`;
      await duckdb({ query })(root);
    },
    code: 2,
    says: 'source.query: Conversion Error: CSV Error on Line: 3: Error when converting column "id". Could not convert string "x" to \'INTEGER\'',
    next: "TRY_CAST in source.query makes null of what can't be cast",
  },
  {
    cause: "a row of a query that speaks of the machine",
    by: duckdb({
      query: "SELECT id, churned, error('No space left, Permission denied, Out of Memory') AS e FROM customers",
    }),
    code: 2,
    says: "source.query: Invalid Input Error: No space left, Permission denied, Out of Memory",
    next: "a SELECT that gives one row a customer",
  },

  // Views
  {
    cause: "a cast in a view that fails on one row",
    by: duckdb(
      { table: "v" },
      "CREATE VIEW v AS SELECT *, CASE WHEN id = 3 THEN 'n/a' ELSE '1' END::INT AS n FROM customers",
    ),
    code: 2,
    says: "table v of customers.duckdb can't be read: Conversion Error: Could not convert string 'n/a' to INT32",
    next: "TRY_CAST in source.query makes null of what can't be cast",
  },
  {
    cause: "a generated column that fails on one row",
    by: duckdb(
      { table: "g" },
      "CREATE TABLE g (id BIGINT, churned BOOLEAN, w VARCHAR, n INTEGER AS (CASE WHEN w = 'n/a' THEN w::INTEGER ELSE 1 END))",
      "INSERT INTO g SELECT id, churned, '1' FROM customers",
      "UPDATE g SET w = 'n/a' WHERE id = 3",
    ),
    code: 2,
    says: "table g of customers.duckdb can't be read: Conversion Error: Could not convert string 'n/a' to INT32 when casting from source column w",
    next: "TRY_CAST in source.query makes null of what can't be cast",
  },
  {
    cause: "a view over a table that is gone",
    by: duckdb({ table: "v" }, "CREATE TABLE gone AS FROM customers", "CREATE VIEW v AS FROM gone", "DROP TABLE gone"),
    code: 2,
    says: "table v of customers.duckdb can't be read: Catalog Error: Table with name gone does not exist!",
    next: "source.query in churn.yaml can leave out what fails",
  },
  {
    cause: "a view over another database",
    by: duckdb(
      { table: "v" },
      "ATTACH ':memory:' AS crm",
      "CREATE TABLE crm.t AS FROM made.customers",
      "CREATE VIEW v AS FROM crm.main.t",
      "DETACH crm",
    ),
    code: 2,
    says: 'table v of customers.duckdb can\'t be read: Binder Error: Catalog "crm" does not exist!',
    next: "crm is another database, or what this file was called when its views were made: have what is needed copied into it, or call it so again",
  },
  {
    cause: "a view that counts by a sequence",
    by: duckdb({ table: "v" }, "CREATE SEQUENCE s", "CREATE VIEW v AS SELECT *, nextval('s') AS n FROM customers"),
    code: 2,
    says: 'table v of customers.duckdb can\'t be read: Invalid Input Error: Cannot execute statement of type "SELECT" on database "customers" which is attached in read-only mode!',
    next: "source.query in churn.yaml can leave out what fails",
  },
  {
    cause: "a view that overflows",
    by: duckdb({ table: "v" }, "CREATE VIEW v AS SELECT *, 9223372036854775807 + id AS n FROM customers"),
    code: 2,
    says: "table v of customers.duckdb can't be read: Out of Range Error: Overflow in addition of INT64 (9223372036854775807 + 1)!",
    next: "TRY(…) in source.query makes null of what fails",
  },
];
