import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Config } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { readSource, test } from "../support/source-folder.ts";

test("a table of a DuckDB file is found by its schema, and by its name in other capitals", async ({ root }) => {
  await writeDuckdb(
    join(root, "it's here.duckdb"),
    "CREATE SCHEMA crm",
    'CREATE TABLE crm."my customers" AS SELECT 1 AS id',
    "CREATE TABLE people AS SELECT 2 AS id",
    'CREATE VIEW "it is a view" AS SELECT id + 1 AS id FROM people',
  );
  const url = "duckdb:it's here.duckdb";
  expect(await readSource({ url, table: "crm.my customers" }, root)).toEqual({
    description: "it's here.duckdb",
    name: "table crm.my customers",
    columns: [{ name: "id", type: "INTEGER" }],
    rows: [{ id: 1 }],
  });
  expect((await readSource({ url, table: "PEOPLE" }, root)).rows).toEqual([{ id: 2 }]);
  expect((await readSource({ url, table: "it is a view" }, root)).rows).toEqual([{ id: 3 }]);
});

test("a schema that is named like a database of churn's own is read all the same", async ({ root }) => {
  await writeDuckdb(
    join(root, "odd.duckdb"),
    "CREATE SCHEMA made.memory",
    "CREATE TABLE made.memory.loaded AS SELECT 1 AS id",
  );
  expect((await readSource({ url: "duckdb:odd.duckdb", table: "memory.loaded" }, root)).rows).toEqual([{ id: 1 }]);
});

test("what is wrong with a DuckDB file is said with what is known", async ({ root }) => {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    "CREATE TABLE customers AS SELECT 1 AS id",
    "CREATE TABLE orders AS SELECT 'n/a' AS price",
    "CREATE VIEW prices AS SELECT CAST(price AS DOUBLE) AS price FROM orders",
    "CREATE TABLE gone AS SELECT 1 AS id",
    "CREATE VIEW ghosts AS FROM gone",
    "DROP TABLE gone",
  );
  await writeDuckdb(join(root, "empty.duckdb"));
  const text = "no database, but long enough to look like something that one might open".repeat(100);
  await writeFile(join(root, "text.duckdb"), text);
  const url = "duckdb:customers.duckdb";
  const leaveOut = "source.query in churn.yaml can leave out what fails";
  const cases: [Config["source"], string, string][] = [
    [
      { url: "duckdb:gone.duckdb", table: "t" },
      "source.url: there is no file gone.duckdb",
      `it is looked for at ${join(root, "gone.duckdb")}`,
    ],
    [
      { url: "duckdb:text.duckdb", table: "t" },
      "source.url: text.duckdb is not a DuckDB file",
      "duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known",
    ],
    [{ url, table: "custmers" }, "customers.duckdb has no table custmers", "source.table: did you mean customers?"],
    [
      { url, table: "x" },
      "customers.duckdb has no table x",
      "source.table: there are customers, ghosts, orders, prices",
    ],
    [
      { url: "duckdb:empty.duckdb", table: "x" },
      "empty.duckdb has no tables",
      "source.url in churn.yaml names the file",
    ],
    [{ url }, "source.table is missing", "source.table or source.query in churn.yaml says what to read"],
    [
      { url, table: "ghosts" },
      "table ghosts of customers.duckdb can't be read: Catalog Error: Table with name gone does not exist!",
      leaveOut,
    ],
    [
      { url, table: "prices" },
      "table prices of customers.duckdb can't be read: Conversion Error: Could not convert string 'n/a' to DOUBLE when casting from source column price",
      leaveOut,
    ],
  ];
  for (const [source, message, hint] of cases) {
    await expect(readSource(source, root)).rejects.toMatchObject({ exitCode: 2, message, hint });
  }
});

test("a DuckDB file that another program writes to is a matter of trying again", async ({ root }) => {
  const file = join(root, "busy.duckdb");
  await writeDuckdb(file, "CREATE TABLE customers AS SELECT 1 AS id");
  const writer = spawn(process.execPath, ["-e", HOLD, file], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(writer.stdout, "data");
    await expect(readSource({ url: "duckdb:busy.duckdb", table: "customers" }, root)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/^source busy\.duckdb can't be opened: IO Error: Could not set lock/),
    });
  } finally {
    writer.kill();
    await once(writer, "exit");
  }
});

/** Another process that holds a database open. */
const HOLD = `
  const { DuckDBInstance } = require("@duckdb/node-api");
  DuckDBInstance.create(process.argv[1]).then((instance) => {
    globalThis.instance = instance;
    console.log("open");
    process.stdin.resume();
  });`;

test("a file whose newest rows DuckDB would pass over is refused, the same file without them read", async ({
  root,
}) => {
  await using db = await openDatabase();
  await db.run(`ATTACH '${root}/a.duckdb' AS a; CREATE TABLE a.t AS SELECT 1 AS id; CHECKPOINT a`);
  await db.run("INSERT INTO a.t VALUES (2)");
  await mkdir(join(root, "what?"));
  for (const name of ["a.duckdb", "a.duckdb.wal"]) await copyFile(join(root, name), join(root, "what?", name));
  const settings = { url: "duckdb:what?/a.duckdb", table: "t" };
  await expect(readSource(settings, root)).rejects.toMatchObject({
    exitCode: 2,
    message:
      "source.url: DuckDB doesn't find what?/a.duckdb.wal, the newest rows of what?/a.duckdb, in a path with a question mark",
    hint: "give the file or the folder another name, or have the log written into the file (CHECKPOINT)",
  });
  await rm(join(root, "what?/a.duckdb.wal"));
  expect((await readSource(settings, root)).rows).toEqual([{ id: 1 }]);
  await rename(join(root, "what?"), join(root, "what"));
  await copyFile(join(root, "a.duckdb.wal"), join(root, "what/a.duckdb.wal"));
  expect((await readSource({ ...settings, url: "duckdb:what/a.duckdb" }, root)).rows).toEqual([{ id: 1 }, { id: 2 }]);
});
