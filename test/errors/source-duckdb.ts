import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { lockError } from "../../src/lib/source/lock-error.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { refusal } from "../../src/lib/source/refusal.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { withStorageVersion } from "../support/duckdb-versions.ts";
import type { Row } from "./row.ts";
import { CUSTOMERS, damaged, file, flipped, pipe, snapshot, TODAY, URL } from "./snapshot-of.ts";

/** Another process that has a database open for writing. */
const HOLD = `const { DuckDBInstance } = require("@duckdb/node-api");
  DuckDBInstance.create(process.argv[1]).then((instance) => {
    globalThis.instance = instance;
    console.log("open");
    process.stdin.resume();
  });`;

export const sourceDuckdb: readonly Row[] = [
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
];
