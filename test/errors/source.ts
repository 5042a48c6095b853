import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { eachRecord } from "../../src/lib/source/csv/records.ts";
import { RecordScanner } from "../../src/lib/source/csv/scanner.ts";
import { utf16Decoder } from "../../src/lib/source/csv/utf16.ts";
import { chosenColumns } from "../../src/lib/source/dataset-columns.ts";
import { openFiles } from "../../src/lib/source/files.ts";
import { lockError } from "../../src/lib/source/lock-error.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { requirePastDays } from "../../src/lib/source/past-days.ts";
import { refusal } from "../../src/lib/source/refusal.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import type { Source } from "../../src/lib/source/source.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { withStorageVersion } from "../support/duckdb-versions.ts";
import { INT96 } from "../support/int96.ts";
import type { Row } from "./row.ts";

const TODAY = "2026-11-23";
type Given = z.input<typeof configSchema>;

interface Asked {
  readonly source: Given["source"];
  readonly dataset?: Partial<Given["dataset"]>;
  readonly date?: string;
}

/** Reads a snapshot as extract does. */
async function snapshot(root: string, { source, dataset, date = TODAY }: Asked, opened?: Source): Promise<void> {
  const config = configSchema.parse({ dataset: { id: "id", target: { column: "churned" }, ...dataset }, source });
  await using db = await openDatabase();
  await openSnapshot(db, opened ?? openSource(config.source, root), {
    dataset: config.dataset,
    date,
    today: TODAY,
    timezone: "UTC",
  });
}

const URL = "duckdb:customers.duckdb";
const CUSTOMERS = "CREATE TABLE customers AS SELECT i AS id, i % 2 = 0 AS churned FROM range(4) AS r(i)";

/** A DuckDB file with a table of four customers, and what more statements make. */
function duckdb(asked: Partial<Given["source"]>, ...more: string[]) {
  return async (root: string) => {
    await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS, ...more);
    await snapshot(root, { source: { url: URL, ...asked } });
  };
}

/** The same, where dataset is asked for more. */
function dataset(changed: Partial<Given["dataset"]>, columns = "", date = TODAY) {
  return async (root: string) => {
    const rows = `SELECT i AS id, i % 2 = 0 AS churned${columns} FROM range(4) AS r(i)`;
    await writeDuckdb(join(root, "customers.duckdb"), `CREATE TABLE customers AS ${rows}`);
    await snapshot(root, { source: { url: URL, table: "customers" }, dataset: changed, date });
  };
}

/** A file with some content. */
function file(name: string, content: string | Uint8Array, url: string, more: Partial<Asked> = {}) {
  return async (root: string) => {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), content);
    await snapshot(root, { source: { url }, ...more });
  };
}

/** A pipe, which would be waited for. */
function pipe(name: string, asked: Given["source"]) {
  return async (root: string) => {
    await mkdir(join(root, name, ".."), { recursive: true });
    execFileSync("mkfifo", [join(root, name)]);
    await snapshot(root, { source: asked });
  };
}

const csv = (content: string | Uint8Array, settings: Given["source"]["csv"] = {}) =>
  file("c.csv", content, "csv:c.csv", { source: { url: "csv:c.csv", csv: settings } });
const latin = (text: string) => Buffer.from(text, "latin1");

/** A Parquet file of four customers below the folder. */
async function parquet(root: string, name: string, columns = "", options = ""): Promise<void> {
  await mkdir(join(root, name, ".."), { recursive: true });
  await using db = await openDatabase();
  const rows = `SELECT i AS id, i % 2 = 0 AS churned${columns} FROM range(4) AS r(i)`;
  await db.run(`COPY (${rows}) TO ${literal(join(root, name))} (FORMAT parquet${options})`);
}

function parquets(url: string, ...names: string[]) {
  return async (root: string) => {
    for (const name of names) await parquet(root, name);
    await snapshot(root, { source: { url } });
  };
}

async function changed(path: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  await writeFile(path, change(await readFile(path)));
}

const flipped = (bytes: Buffer, at: number) => {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x41, at);
  return bytes;
};

/** A DuckDB file of a thousand customers, changed. */
function damaged(change: (bytes: Buffer) => Uint8Array, asked: Partial<Given["source"]> = { table: "customers" }) {
  return async (root: string) => {
    const path = join(root, "customers.duckdb");
    await writeDuckdb(
      path,
      "CREATE TABLE customers AS SELECT i AS id, i % 2 = 0 AS churned, hash(i) AS h FROM range(100000) AS r(i)",
    );
    await changed(path, change);
    await snapshot(root, { source: { url: URL, ...asked } });
  };
}

/** Another process that has a database open for writing. */
const HOLD = `const { DuckDBInstance } = require("@duckdb/node-api");
  DuckDBInstance.create(process.argv[1]).then((instance) => {
    globalThis.instance = instance;
    console.log("open");
    process.stdin.resume();
  });`;

export const source: readonly Row[] = [
  // The configuration
  {
    cause: "source.url without a place",
    by: (root) => snapshot(root, { source: { url: URL, table: "t" } }, openSource({ url: "duckdb:" }, root)),
    code: 2,
    says: "source.url: duckdb: names no file",
    next: "source: { url: duckdb:customers.duckdb, table: customers } in churn.yaml, or parquet:FILES, csv:FILES, jsonl:FILES, postgres://USER@HOST/DATABASE",
  },
  {
    cause: "source.url of an unknown kind",
    by: (root) => snapshot(root, { source: { url: "oracle:crm" } }),
    code: 2,
    says: "source.url: unknown kind of source oracle:, known are duckdb:, parquet:, csv:, jsonl:, postgres://, mysql://",
    next: "source: { url: duckdb:customers.duckdb, table: customers } in churn.yaml, or parquet:FILES, csv:FILES, jsonl:FILES, postgres://USER@HOST/DATABASE",
  },
  {
    cause: "a DuckDB file without source.table or source.query",
    by: async (root) => {
      await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS);
      await snapshot(root, { source: { url: URL, table: "t" } }, openSource({ url: URL }, root));
    },
    code: 2,
    says: "source.table is missing",
    next: "source.table or source.query in churn.yaml says what to read",
  },
  {
    cause: "a table that isn't there",
    by: duckdb({ table: "custmers" }),
    code: 2,
    says: "customers.duckdb has no table custmers",
    next: "source.table: did you mean customers?",
  },
  {
    cause: "a DuckDB file without tables",
    by: async (root) => {
      await writeDuckdb(join(root, "customers.duckdb"));
      await snapshot(root, { source: { url: URL, table: "customers" } });
    },
    code: 2,
    says: "customers.duckdb has no tables",
    next: "source.url in churn.yaml names the file",
  },
  {
    cause: "a date that is still to come",
    by: (root) => snapshot(root, { source: { url: URL, table: "t" }, date: "2026-11-24" }),
    code: 2,
    says: "2026-11-24 is in the future: today is 2026-11-23",
    next: "churn run-all --date 2026-11-23",
  },
  {
    cause: "days of the past of a table that shows today",
    by: () => {
      const dataset = { id: "id", target: { column: "churned" }, date: null };
      const config = configSchema.parse({ dataset, source: { url: URL, table: "t" } });
      requirePastDays(config, { choosesDate: false, description: "customers.duckdb" });
    },
    code: 2,
    says: "customers.duckdb shows the current state alone (dataset.date is null): days of the past can't be caught up",
    next: "dataset.date in churn.yaml names the snapshot's date column, {date} in source.query chooses the day",
  },
  {
    cause: "a past date of a table that shows today",
    by: (root) => snapshot(root, { source: { url: URL, table: "t" }, date: "2026-11-22" }),
    code: 2,
    says: "customers.duckdb shows the current state (dataset.date is null): only today, 2026-11-23, can be extracted, not 2026-11-22",
    next: "dataset.date in churn.yaml names the snapshot's date column",
  },
  {
    cause: "a backslash in a pattern",
    by: parquets("parquet:a\\b[1].parquet", "a\\b[1].parquet"),
    code: 2,
    says: "FOLDER/a\\b[1].parquet: DuckDB can't read a path with a backslash and one of [ * ?",
    next: "give the file or the folder another name",
  },

  // The dataset
  {
    cause: "an id that isn't there",
    by: dataset({ id: "idd" }),
    code: 2,
    says: "dataset.id: table customers in customers.duckdb has no column idd",
    next: "did you mean id?",
  },
  {
    cause: "an id that nobody has decided yet",
    by: dataset({ id: "CHANGE" }),
    code: 2,
    says: "dataset.id: table customers in customers.duckdb has no column CHANGE",
    next: "dataset.id in churn.yaml is still the question that churn init asked\nthere are id, churned",
  },
  {
    cause: "an id that is excluded",
    by: dataset({ exclude: ["id"] }),
    code: 2,
    says: "dataset.exclude: id can't be excluded, it is dataset.id",
    next: "take it out of that list in churn.yaml",
  },
  {
    cause: "a column of churn's own name",
    by: dataset({}, ", i AS __Churn_row"),
    code: 2,
    says: "table customers in customers.duckdb has a column __Churn_row; names that begin with __churn_ are churn's own",
    next: "dataset.exclude in churn.yaml leaves it in the source, and source.query can give it another name",
  },
  {
    cause: "a server's columns that differ in capitals alone",
    by: () => {
      const { dataset } = configSchema.parse({
        dataset: { id: "id", target: { column: "churned" } },
        source: { url: URL, table: "customers" },
      });
      const names = ["id", "churned", "Plan", "plan"];
      chosenColumns(
        names.map((name) => ({ name, type: "VARCHAR" })),
        dataset,
        "table customers in postgres://db/shop",
      );
    },
    code: 2,
    says: "table customers in postgres://db/shop has two columns Plan and plan, which differ in capitals alone",
    next: "dataset.exclude in churn.yaml leaves one in the source, and source.query can give it another name",
  },
  {
    cause: "an id that is a date",
    by: dataset({ id: "day" }, ", DATE '2026-11-23' AS day"),
    code: 2,
    says: "dataset.id: day is of type DATE; an id is an integer, text or a UUID",
    next: "source.query in churn.yaml can cast it",
  },
  {
    cause: "an id beyond 64 bits",
    by: dataset({ id: "big" }, ", 99999999999999999999::HUGEINT + i AS big"),
    code: 2,
    says: "dataset.id: big has numbers beyond 64 bits",
    next: "dataset: { types: { big: categorical } } reads them as text",
  },
  {
    cause: "a date that is a number",
    by: dataset({ date: "n" }, ", 1 AS n"),
    code: 2,
    says: "dataset.date: n is of type INTEGER; DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
    next: "source.query in churn.yaml can cast it",
  },
  {
    cause: "a kind that a type can't become",
    by: dataset({ types: { day: "numeric" } }, ", DATE '2026-11-23' AS day"),
    code: 2,
    says: "dataset.types.day: a column of type DATE can't be read as numeric",
    next: "source.query in churn.yaml can cast it",
  },
  {
    cause: "a date column without dates",
    by: dataset({ date: "day" }, ", 'soon' AS day"),
    code: 2,
    says: "dataset.date: day of table customers has no date up to today, 2026-11-23: the first is soon",
    next: "DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
  },
  {
    cause: "a date column of nulls",
    by: dataset({ date: "day" }, ", NULL::DATE AS day"),
    code: 2,
    says: "dataset.date: day of table customers has no date up to today, 2026-11-23: all are null",
    next: "DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
  },
  {
    cause: "no rows of today",
    by: dataset({ date: "day" }, ", DATE '2026-11-22' AS day"),
    code: 75,
    says: "no snapshot for today, 2026-11-23, in customers.duckdb yet (the newest is 2026-11-22)",
    next: "once it is there:\nchurn run-all --date 2026-11-23",
  },
  {
    cause: "no rows of a past date",
    by: dataset({ date: "day" }, ", DATE '2026-11-22' AS day", "2026-11-21"),
    code: 2,
    says: "no snapshot for 2026-11-21 in customers.duckdb (the newest is 2026-11-22)",
    next: "churn run-all --date 2026-11-22",
  },
  {
    cause: "a query without rows of a past date",
    by: async (root) => {
      await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS);
      const query = "SELECT * FROM customers WHERE {date} = '2026-11-23'";
      await snapshot(root, { source: { url: URL, query }, date: "2026-11-22" });
    },
    code: 2,
    says: "no snapshot for 2026-11-22 in customers.duckdb",
    next: "another --date, or the source",
  },
  {
    cause: "a table without rows, today",
    by: duckdb({ table: "customers" }, "DELETE FROM customers"),
    code: 75,
    says: "table customers of customers.duckdb has no rows",
    next: "run it again once it is filled",
  },
  {
    cause: "a table without rows, of a past date",
    by: async (root) => {
      await writeDuckdb(
        join(root, "customers.duckdb"),
        CUSTOMERS,
        "CREATE TABLE dated AS SELECT *, DATE '2026-11-22' AS day FROM customers LIMIT 0",
      );
      await snapshot(root, { source: { url: URL, table: "dated" }, dataset: { date: "day" }, date: "2026-11-22" });
    },
    code: 2,
    says: "table dated of customers.duckdb has no rows",
    next: "source.url and source.table in churn.yaml say what is read",
  },

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

  // DuckDB files
  {
    cause: "no DuckDB file",
    by: (root) => snapshot(root, { source: { url: URL, table: "t" } }),
    code: 2,
    says: "source.url: there is no file customers.duckdb",
    next: "it is looked for at FOLDER/customers.duckdb",
  },
  {
    cause: "a folder in its place",
    by: async (root) => {
      await mkdir(join(root, "customers.duckdb"));
      await snapshot(root, { source: { url: URL, table: "t" } });
    },
    code: 2,
    says: "source.url: customers.duckdb is a folder, not a DuckDB file",
    next: "duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "a file in the place of its folder",
    by: file("crm", "", URL, { source: { url: "duckdb:crm/customers.duckdb", table: "t" } }),
    code: 2,
    says: "source.url: there is no file crm/customers.duckdb",
    next: "it is looked for at FOLDER/crm/customers.duckdb",
  },
  {
    cause: "a pipe in its place",
    by: pipe("customers.duckdb", { url: URL, table: "t" }),
    code: 2,
    says: "source.url: customers.duckdb is a pipe, a device or a socket, not a file",
    next: "have it written to a file: it is read more than once",
  },
  {
    cause: "text in its place",
    by: file("customers.duckdb", "id,churned\n1,0\n".repeat(1000), URL, { source: { url: URL, table: "t" } }),
    code: 2,
    says: "source.url: customers.duckdb is not a DuckDB file",
    next: "duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "a SQLite file in its place",
    by: file("crm.db", `SQLite format 3\0${"x".repeat(9000)}`, "", { source: { url: "duckdb:crm.db", table: "t" } }),
    code: 2,
    says: "source.url: crm.db is a SQLite file, not a DuckDB file",
    next: "duckdb FILE.duckdb \"ATTACH 'crm.db' AS old (TYPE sqlite); COPY FROM DATABASE old TO FILE\"",
  },
  {
    cause: "an encrypted DuckDB file",
    by: async (root) => {
      await using db = await openDatabase();
      await db.run("SET force_mbedtls_unsafe = 'true'");
      await db.run(`ATTACH ${literal(join(root, "customers.duckdb"))} AS e (ENCRYPTION_KEY 'abc')`);
      await db.run("CREATE TABLE e.t AS SELECT 1 AS id; DETACH e");
      await snapshot(root, { source: { url: URL, table: "t" } });
    },
    code: 2,
    says: "source.url: customers.duckdb is encrypted",
    next: "have it written without an encryption key, into a folder that is encrypted itself",
  },
  {
    cause: "a file of a newer DuckDB",
    by: damaged((bytes) => withStorageVersion(bytes, 99, "v2.0.1")),
    code: 2,
    says: "source.url: customers.duckdb was written by a newer DuckDB (v2.0.1, storage version 99); churn's DuckDB reads storage versions 64 to 68",
    next: "have it written so that older ones read it: ATTACH 'FILE' AS old (STORAGE_VERSION 'v1.0.0'); COPY FROM DATABASE … TO old; or install a newer churn",
  },
  {
    cause: "a file of a newer DuckDB that doesn't say which",
    by: damaged((bytes) => withStorageVersion(bytes, 99, "")),
    code: 2,
    says: "source.url: customers.duckdb was written by a newer DuckDB (storage version 99); churn's DuckDB reads storage versions 64 to 68",
    next: "have it written so that older ones read it: ATTACH 'FILE' AS old (STORAGE_VERSION 'v1.0.0'); COPY FROM DATABASE … TO old; or install a newer churn",
  },
  {
    cause: "a file of an older DuckDB",
    by: damaged((bytes) => withStorageVersion(bytes, 51, "")),
    code: 2,
    says: "source.url: customers.duckdb was written by an older DuckDB (storage version 51); churn's DuckDB reads storage versions 64 to 68",
    next: "have it written by DuckDB 1.0 or newer: EXPORT DATABASE by the older one, IMPORT DATABASE by the newer one",
  },
  {
    cause: "a DuckDB file that another program has open",
    by: async (root) => {
      const path = join(root, "customers.duckdb");
      await writeDuckdb(path, CUSTOMERS);
      const writer = spawn(process.execPath, ["-e", HOLD, path], { stdio: ["pipe", "pipe", "inherit"] });
      await once(writer.stdout, "data");
      try {
        await snapshot(root, { source: { url: URL, table: "customers" } });
      } finally {
        writer.kill();
      }
    },
    code: 5,
    says: "source.url: customers.duckdb is open for writing in … (process …)",
    next: "run it again once it is closed there",
  },
  {
    cause: "a DuckDB file on a file system without locks",
    by: () => {
      throw lockError(
        'IO Error: Could not set lock on file "/mnt/c.duckdb": No locks available',
        "c.duckdb",
        undefined,
      );
    },
    code: 5,
    says: "source.url: c.duckdb can't be locked for reading: No locks available",
    next: "does its file system know locks? a copy on another one does",
  },
  {
    cause: "an empty DuckDB file",
    by: damaged(() => Buffer.alloc(0)),
    code: 5,
    says: "source.url: customers.duckdb is damaged: it is empty",
    next: "restore it, or have it written anew",
  },
  {
    cause: "a DuckDB file of zeros",
    by: damaged((bytes) => bytes.fill(0)),
    code: 5,
    says: "source.url: customers.duckdb is damaged: it begins with zeros",
    next: "restore it, or have it written anew",
  },
  {
    cause: "a damaged header",
    by: damaged((bytes) => flipped(bytes, 4100)),
    code: 5,
    says: "source.url: customers.duckdb is damaged: IO Error: Corrupt database file: computed checksum …",
    next: "restore it, or have it written anew",
  },
  {
    cause: "a damaged page",
    by: damaged((bytes) => flipped(bytes, bytes.length - 300_000)),
    code: 5,
    says: "table customers of customers.duckdb can't be read: IO Error: Corrupt database file: computed checksum …",
    next: "what it reads is damaged: restore it, or have it written anew",
  },
  {
    cause: "a damaged page that a query reads",
    by: damaged((bytes) => flipped(bytes, bytes.length - 300_000), { query: "SELECT * FROM customers" }),
    code: 5,
    says: "source.query: IO Error: Corrupt database file: computed checksum …",
    next: "what it reads is damaged: restore it, or have it written anew",
  },
  {
    cause: "a DuckDB file that was cut",
    by: damaged((bytes) => bytes.subarray(0, bytes.length - 300_000)),
    code: 5,
    says: 'table customers of customers.duckdb can\'t be read: IO Error: Could not read enough bytes from file "FOLDER/customers.duckdb": attempted to read …',
    next: "what it reads is damaged: restore it, or have it written anew",
  },
  {
    cause: "a DuckDB file that DuckDB doesn't take",
    by: async (root) => {
      await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS);
      await using db = await openDatabase();
      await db.run("ATTACH ':memory:' AS customers");
      await openSource({ url: URL, table: "customers" }, root).open(db, { date: TODAY, text: [] });
    },
    code: 5,
    says: 'source.url: customers.duckdb can\'t be opened: Binder Error: Failed to attach database: database with name "customers" already exists',
    next: "DuckDB's own shell may say more: duckdb -readonly customers.duckdb",
  },
  {
    cause: "a defect of DuckDB's own",
    by: () => {
      throw refusal(new Error("INTERNAL Error: this should not happen"), { subject: "source.query", hint: "" });
    },
    code: 5,
    says: "source.query: INTERNAL Error: this should not happen",
    next: "DuckDB itself fails at it: have it asked in another way, or written anew",
  },
  {
    cause: "a log of another file",
    by: async (root) => {
      await using db = await openDatabase();
      await db.run(
        `ATTACH ${literal(join(root, "other.duckdb"))} AS o; CREATE TABLE o.t AS SELECT 1 AS id; CHECKPOINT o`,
      );
      await db.run("INSERT INTO o.t VALUES (2)");
      await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS);
      await cp(join(root, "other.duckdb.wal"), join(root, "customers.duckdb.wal"));
      await snapshot(root, { source: { url: URL, table: "customers" } });
    },
    code: 5,
    says: 'source.url: customers.duckdb.wal is damaged, or belongs to another file: Catalog Error: Failure while replaying WAL file "FOLDER/customers.duckdb.wal": Table with name t does not exist!',
    next: "restore both, or have them written anew: customers.duckdb.wal holds the newest rows of customers.duckdb",
  },
  {
    cause: "a log whose beginning is damaged",
    by: async (root) => {
      await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS);
      await writeFile(join(root, "customers.duckdb.wal"), Buffer.alloc(1000));
      await snapshot(root, { source: { url: URL, table: "customers" } });
    },
    code: 5,
    says: "source.url: customers.duckdb.wal is damaged, or belongs to another file: it begins as no log does",
    next: "restore both, or have them written anew: customers.duckdb.wal holds the newest rows of customers.duckdb",
  },
  {
    cause: "a log in a path with a question mark",
    by: async (root) => {
      await mkdir(join(root, "what?"));
      await writeDuckdb(join(root, "a.duckdb"), CUSTOMERS);
      await cp(join(root, "a.duckdb"), join(root, "what?/a.duckdb"));
      await writeFile(join(root, "what?/a.duckdb.wal"), "");
      await snapshot(root, { source: { url: "duckdb:what?/a.duckdb", table: "customers" } });
    },
    code: 2,
    says: "source.url: DuckDB doesn't find what?/a.duckdb.wal, the newest rows of what?/a.duckdb, in a path with a question mark",
    next: "give the file or the folder another name, or have the log written into the file (CHECKPOINT)",
  },

  // Files of any format
  {
    cause: "no such file",
    by: (root) => snapshot(root, { source: { url: "parquet:gone.parquet" } }),
    code: 2,
    says: "source.url: there is no file gone.parquet",
    next: "it is looked for at FOLDER/gone.parquet",
  },
  {
    cause: "a pipe in a file's place",
    by: pipe("c.csv", { url: "csv:c.csv" }),
    code: 2,
    says: "source.url: c.csv is a pipe, a device or a socket, not a file",
    next: "have it written to a file: it is read more than once",
  },
  {
    cause: "a pipe among the files of a folder",
    by: pipe("out/c.parquet", { url: "parquet:out" }),
    code: 2,
    says: "source.url: out/c.parquet is a pipe, a device or a socket, not a file",
    next: "have it written to a file: it is read more than once",
  },
  {
    cause: "an empty folder",
    by: async (root) => {
      await mkdir(join(root, "out"));
      await snapshot(root, { source: { url: "parquet:out" } });
    },
    code: 75,
    says: "source.url: out is empty",
    next: "run it again once it is written",
  },
  {
    cause: "a pattern that goes backwards",
    by: parquets("parquet:[z-a].parquet", "x.parquet"),
    code: 2,
    says: "source.url: [z-a].parquet is no pattern",
    next: "a class of characters is [abc] or [a-z]",
  },
  {
    cause: "a pattern of files and a folder",
    by: parquets("parquet:c*", "c.parquet", "copy/c.parquet"),
    code: 2,
    says: "source.url: c* names files and a folder, copy",
    next: "a pattern that names the one or the other",
  },
  {
    cause: "a folder in a folder",
    by: parquets("parquet:out", "out/a.parquet", "out/old/a.parquet"),
    code: 2,
    says: "source.url: out holds a folder, old, that isn't called key=value: are its files meant too?",
    next: "out/* reads the files beside it, out/*/* the files in such folders",
  },
  {
    cause: "folders of different columns",
    by: parquets("parquet:out", "out/day=1/a.parquet", "out/month=1/a.parquet"),
    code: 2,
    says: "source.url: the folders of out don't all give the same columns: see day=1/a.parquet and month=1/a.parquet",
    next: "a pattern that leaves out what is no part of the table",
  },
  {
    cause: "folders that give a column twice",
    by: parquets("parquet:out", "out/day=1/Day=2/a.parquet"),
    code: 2,
    says: "source.url: the folders of out give a column twice: see day=1/Day=2/a.parquet",
    next: "give one of the folders another name",
  },
  {
    cause: "a file that contradicts its folder",
    by: parquets("parquet:out", "out/id=7/a.parquet"),
    code: 2,
    says: "source.url: out can't be read as Parquet: a file's own column says something else than its folder: id, in FOLDER/out/id=7/a.parquet",
    next: "name the files so that the folder stands before the first wildcard: then it is no column",
  },
  {
    cause: "a table of Delta Lake",
    by: parquets("parquet:out", "out/a.parquet", "out/_delta_log/0.parquet"),
    code: 2,
    says: "source.url: out is a table of Delta Lake: its folder holds rows too that were deleted or replaced",
    next: "have its present rows exported to a folder of their own, by what reads Delta Lake (in Spark: df.write.parquet)",
  },
  {
    cause: "a Spark job that hasn't ended",
    by: parquets("parquet:out", "out/a.parquet", "out/_temporary/0.parquet"),
    code: 75,
    says: "source.url: out is still being written: FOLDER/out has _temporary and no _SUCCESS",
    next: "run it again once it is whole; what a job that died has left there is to be removed",
  },
  {
    cause: "a file that is written while it is read",
    by: async (root) => {
      await parquet(root, "a.parquet");
      await using db = await openDatabase();
      const opened = await openSource({ url: "parquet:a.parquet" }, root).open(db, { date: TODAY, text: [] });
      await parquet(root, "a.parquet");
      await opened.load("memory.main.loaded", { columns: ["id"], day: undefined });
    },
    code: 75,
    says: "source.url: a.parquet was written while it was read",
    next: "run it again once it is whole",
  },
  {
    cause: "fewer rows than the file has",
    by: async (root) => {
      await parquet(root, "a.parquet");
      const settings = {
        root,
        path: join(root, "a.parquet"),
        description: "a.parquet",
        table: undefined,
        query: undefined,
        files: [],
      };
      const format = {
        name: "rows",
        read: async () => ({
          sql: "(SELECT * FROM range(3) AS r(id))",
          columns: [{ name: "id", type: "BIGINT" }],
          rows: 4,
        }),
      };
      await using db = await openDatabase();
      const opened = await openFiles(settings, format).open(db, { date: TODAY, text: [] });
      await opened.load("memory.main.loaded", { columns: ["id"], day: undefined });
    },
    code: 5,
    says: "source.url: a.parquet has 4 rows, and DuckDB reads 3: nothing was kept",
    next: "this is a defect, of the file or of churn: please report it with some of the file's lines",
  },

  // Parquet
  {
    cause: "text in the place of Parquet",
    by: file("a.parquet", "id,churned\n", "parquet:a.parquet"),
    code: 2,
    says: "source.url: a.parquet is not a Parquet file",
    next: "duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "encrypted Parquet",
    by: file("a.parquet", "PARE and the rest of it PARE", "parquet:a.parquet"),
    code: 2,
    says: "source.url: a.parquet is encrypted Parquet",
    next: "have it written without encryption of its footer",
  },
  {
    cause: "an empty Parquet file",
    by: file("a.parquet", "", "parquet:a.parquet"),
    code: 75,
    says: "source.url: a.parquet is not whole: it is empty",
    next: "run it again once it is written",
  },
  {
    cause: "half a Parquet file",
    by: async (root) => {
      await parquet(root, "a.parquet");
      await changed(join(root, "a.parquet"), (bytes) => bytes.subarray(0, 100));
      await snapshot(root, { source: { url: "parquet:a.parquet" } });
    },
    code: 75,
    says: "source.url: a.parquet is not whole: its end is missing",
    next: "run it again once it is written",
  },
  {
    cause: "a damaged page of Parquet",
    by: async (root) => {
      await parquet(root, "a.parquet", ", hash(i) AS h", ", COMPRESSION zstd");
      await changed(join(root, "a.parquet"), (bytes) => flipped(bytes, 30));
      await snapshot(root, { source: { url: "parquet:a.parquet" } });
    },
    code: 5,
    says: 'source.url: a.parquet can\'t be read as Parquet: Invalid Input Error: Failed to read file "FOLDER/a.parquet": ZSTD Decompression failure',
    next: "what it reads is damaged: restore it, or have it written anew",
  },
  {
    cause: "a damaged footer of Parquet",
    by: async (root) => {
      await parquet(root, "a.parquet");
      await changed(join(root, "a.parquet"), (bytes) => bytes.fill(0xff, bytes.length - 250, bytes.length - 200));
      await snapshot(root, { source: { url: "parquet:a.parquet" } });
    },
    code: 5,
    says: "source.url: a.parquet can't be read as Parquet: Invalid Error: don't know what type: \u000f",
    next: "what it reads is damaged: restore it, or have it written anew",
  },
  {
    cause: "instants beside times without a zone",
    by: async (root) => {
      await writeFile(join(root, "a.parquet"), INT96);
      await parquet(root, "b.parquet", ", TIMESTAMP '2026-11-19 23:00' AS seen");
      await snapshot(root, { source: { url: "parquet:*.parquet" } });
    },
    code: 2,
    says: "source.url: column seen of *.parquet is INT96, an instant, in some files and a time without a zone in others",
    next: "have the older files written anew, in one way",
  },

  {
    cause: "text beside numbers in one column",
    by: async (root) => {
      await parquet(root, "a.parquet", ", i AS plan");
      await parquet(root, "b.parquet", ", 'gold' AS plan");
      await snapshot(root, { source: { url: "parquet:*.parquet" } });
    },
    code: 2,
    says: "source.url: column plan of *.parquet is text in some files, FOLDER/b.parquet among them, and not in others, such as FOLDER/a.parquet",
    next: "dataset: { types: { plan: … } } in churn.yaml says what it is: numeric, categorical, boolean, date or ignore",
  },

  // Compressed text
  {
    cause: "a .gz file that isn't gzip",
    by: file("a.jsonl.gz", '{"id":1}\n', "jsonl:a.jsonl.gz"),
    code: 2,
    says: "source.url: a.jsonl.gz is not gzip, as its name says",
    next: "give it another name, or have it written anew",
  },
  {
    cause: "a .gz file that was cut",
    by: file("a.jsonl.gz", gzipSync('{"id":1}\n').subarray(0, 20), "jsonl:a.jsonl.gz"),
    code: 75,
    says: "source.url: a.jsonl.gz is not whole: its end is missing",
    next: "run it again once it is written",
  },
  {
    cause: "a damaged .gz file",
    by: file("a.jsonl.gz", flipped(gzipSync('{"id":1}\n'.repeat(99)), 25), "jsonl:a.jsonl.gz"),
    code: 5,
    says: "source.url: a.jsonl.gz is damaged",
    next: "restore it, or have it written anew",
  },

  // JSON lines
  {
    cause: "an empty file of JSON lines",
    by: file("a.jsonl", "\n", "jsonl:a.jsonl"),
    code: 75,
    says: "source.url: a.jsonl is empty",
    next: "run it again once it is written",
  },
  {
    cause: "JSON lines that end in the midst of an object",
    by: file("a.jsonl", '{"id":1}\n{"id":', "jsonl:a.jsonl"),
    code: 75,
    says: "source.url: a.jsonl is not whole: its last line is cut",
    next: "run it again once it is written",
  },
  {
    cause: "a line that is no JSON",
    by: file("a.jsonl", '{"id":1}\n{"id";2}\n{"id":3}\n', "jsonl:a.jsonl"),
    code: 2,
    says: "source.url: a.jsonl can't be read as JSON lines: FOLDER/a.jsonl, line 2, byte 6: unexpected character",
    next: "an object a line is needed (jq -c '.[]' makes lines of a list); duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "a line that is no object",
    by: file("a.jsonl", '{"id":1}\n[2]\n', "jsonl:a.jsonl"),
    code: 2,
    says: "source.url: a.jsonl can't be read as JSON lines: not every line is an object",
    next: "an object a line is needed (jq -c '.[]' makes lines of a list); duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "a key that stands there twice",
    by: file("a.jsonl", '{"id":1,"churned":true}\n{"id":2,"churned":true,"id":3}\n', "jsonl:a.jsonl"),
    code: 2,
    says: 'source.url: a.jsonl can\'t be read as JSON lines: FOLDER/a.jsonl, line 2: the key "id" stands there twice',
    next: "an object a line is needed (jq -c '.[]' makes lines of a list); duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
  },
  {
    cause: "keys that differ in case only",
    by: file("a.jsonl", '{"id":1,"ID":2}\n', "jsonl:a.jsonl"),
    code: 2,
    says: "source.url: a.jsonl has keys that differ in upper and lower case only, or an empty one",
    next: "DuckDB would call them ID_1: have each written in one way",
  },

  // CSV
  {
    cause: "an empty CSV file",
    by: csv(""),
    code: 75,
    says: "source.url: c.csv is empty",
    next: "run it again once it is written",
  },
  {
    cause: "a CSV file of comments alone",
    by: csv("# a\n# b\n", { comment: "#" }),
    code: 75,
    says: "source.url: c.csv is empty",
    next: "run it again once it is written",
  },
  {
    cause: "a CSV file compressed by zstd",
    by: csv(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0])),
    code: 2,
    says: "source.url: c.csv is compressed by zstd",
    next: "zstd -d unpacks it; CSV is read as it is, or by gzip",
  },
  {
    cause: "an Excel workbook that is called CSV",
    by: csv(Buffer.from("PK\u0003\u0004 and the rest of it\n")),
    code: 2,
    says: "source.url: c.csv: this is a ZIP archive or an Excel workbook, not CSV",
    next: "export it as CSV, or unpack it first",
  },
  {
    cause: "an unusual character between fields",
    by: csv("id~churned\n1~0\n2~1\n"),
    code: 2,
    says: 'source.url: c.csv: the first line is one field, "id~churned"',
    next: 'source: { csv: { delimiter: "~" } } in churn.yaml says what stands between fields',
  },
  {
    cause: "a header that is no record",
    by: csv('"id"x,churned\n1,0\n2,1\n'),
    code: 2,
    says: "source.url: c.csv, line 1, column 5: text behind a closing quote, and it is to be the header",
    next: "mend the file, or source: { csv: { skip: … } } in churn.yaml passes over lines before the header",
  },
  {
    cause: "two exports in one file",
    by: csv("id,plan,churned\n1,gold,0\n2,free,1\nid,churned,plan\n3,0,gold\n"),
    code: 2,
    says: "source.url: c.csv, line 4: another header, id, churned, plan",
    next: "two exports in one file: write them to two, source.url reads a folder of files as one table, by their columns' names",
  },
  {
    cause: "a line of more fields",
    by: csv("id,churned\n1,0\n2,1,9\n"),
    code: 2,
    says: "source.url: c.csv, line 3: 3 fields instead of 2",
    next: "mend the file, or source: { csv: { bad_lines: leave_out } } in churn.yaml leaves such lines out and counts them",
  },
  {
    cause: "two lines of fewer fields",
    by: csv("id,churned\n1,0\n2\n3\n"),
    code: 2,
    says: "source.url: c.csv, line 3: 1 field instead of 2; 2 lines are no rows",
    next: "mend the file, or source: { csv: { bad_lines: leave_out } } in churn.yaml leaves such lines out and counts them",
  },
  {
    cause: "a quote that never closes",
    by: csv('id,churned\n1,"0\n2,1\n3,1\n'),
    code: 2,
    says: "source.url: c.csv, line 2, column 3: a quote is opened that never closes",
    next: 'is a quote missing? source: { csv: { quote: "" } } in churn.yaml reads files in which nothing is quoted',
  },
  {
    cause: "a last line without an end",
    by: csv("id,churned\n1,0\n2,1"),
    code: 75,
    says: "source.url: c.csv: the last line has no end, so its last value may be cut",
    next: "is the file still being written? run it again once it is whole\nsource: { csv: { last_line_end: optional } } in churn.yaml, where the last line never has an end",
  },
  {
    cause: "a byte that is no UTF-8",
    by: csv(latin("id,churned\n1,\xfc\n2,0\n"), { encoding: "utf-8" }),
    code: 2,
    says: "source.url: c.csv, line 2, column 3: the byte 0xfc is no UTF-8",
    next: "source: { csv: { encoding: … } } in churn.yaml: utf-8, utf-16, latin-1 or windows-1252",
  },
  {
    cause: "a byte that is no windows-1252",
    by: csv(latin("id,churned\n1,\xfc\n2,\x81\n")),
    code: 2,
    says: "source.url: c.csv, line 3, column 3: the byte 0x81 is no windows-1252",
    next: "source: { csv: { encoding: … } } in churn.yaml: utf-8, utf-16, latin-1 or windows-1252",
  },
  {
    cause: "lines before the header",
    by: csv("Report\n\nid,churned\n1,0\n"),
    code: 2,
    says: "source.url: c.csv: the header with id is line 3",
    next: "source: { csv: { skip: 2 } } in churn.yaml passes over the lines before it",
  },
  {
    cause: "no header",
    by: csv("1,gold,3.5\n2,free,4\n"),
    code: 2,
    says: "source.url: c.csv: the first line is no header with id: 1, gold, 3.5",
    next: "source: { csv: { header: false } } in churn.yaml calls the columns column0, column1, …; source.query can rename them",
  },
  {
    cause: "dates that can be read in two ways",
    by: csv("id,signup,churned\n1,01/02/2026,0\n2,03/04/2026,1\n"),
    code: 2,
    says: "source.url: dates of signup can be read in two ways: is 01/02/2026 (c.csv, line 2) %d/%m/%Y or %m/%d/%Y?",
    next: 'source: { csv: { date_format: "%d/%m/%Y" } } in churn.yaml, or "%m/%d/%Y", says it',
  },
  {
    cause: "numbers that can be read in two ways",
    by: csv("id;n;churned\n1;1.234;0\n2;5.678;1\n"),
    code: 2,
    says: "source.url: numbers of n can be read in two ways: is the dot in 1.234 (c.csv, line 2) the decimal, or between thousands?",
    next: 'source: { csv: { decimal: "." } } in churn.yaml, or ",", says it',
  },
  {
    cause: "half a character of UTF-16",
    by: csv(Buffer.from("\ufeffid,churned\n1,x\ud800y\n", "utf16le")),
    code: 2,
    says: "source.url: c.csv, line 2, column 4: half a character of UTF-16",
    next: "source.csv.encoding in churn.yaml names another encoding",
  },
  {
    cause: "UTF-16 that ends in the midst of a character",
    by: () => {
      const decoder = utf16Decoder({ name: "c.csv", isBigEndian: false });
      decoder.next(Buffer.from([0x41, 0, 0x42]));
      decoder.end();
    },
    code: 75,
    says: "source.url: c.csv ends in the midst of a character",
    next: "is it still being written? run it again once it is whole",
  },
  {
    cause: "a record that is longer than memory",
    by: async () => {
      const scanner = new RecordScanner({ delimiter: ",", quote: '"', escape: '"', comment: "", lineEnd: "lf" });
      const piece = Buffer.alloc(1 << 27, 0x61);
      async function* pieces() {
        for (let at = 0; at < 5; at += 1) yield piece;
      }
      await eachRecord(pieces(), scanner, () => {});
    },
    code: 2,
    says: "a record is longer than 512 MB",
    next: "is a quote left open?",
  },
];
