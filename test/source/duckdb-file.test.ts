import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { Config } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { identifier, literal } from "../../src/lib/duckdb/sql.ts";
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
      "TRY_CAST in source.query makes null of what can't be cast",
    ],
  ];
  for (const [source, message, hint] of cases) {
    await expect(readSource(source, root)).rejects.toMatchObject({ exitCode: 2, message, hint });
  }
});

describe("what a file's own names mean", () => {
  const people = "CREATE TABLE people AS SELECT 1 AS id";
  const id = [{ id: 1 }];

  test("a view may name its database, as those of dbt do", async ({ root }) => {
    for (const name of ["customers", "customers.v2", "my customers", "it's", 'q"q', "UPPER", "main", "noext"]) {
      const file = `${name}${name === "noext" ? "" : ".duckdb"}`;
      const database = name === "main" ? "main_db" : name.replace(".v2", "");
      await writeNamedViews(join(root, file), database);
      const url = `duckdb:${file}`;
      expect((await readSource({ url, table: "by_database" }, root)).rows, file).toEqual(id);
      expect((await readSource({ url, table: "over_view" }, root)).rows, file).toEqual(id);
      expect((await readSource({ url, query: "SELECT id FROM by_database" }, root)).rows, file).toEqual(id);
      const query = `SELECT id FROM ${identifier(database)}.main.people`;
      expect((await readSource({ url, query }, root)).rows, file).toEqual(id);
    }
  });

  test("a view may name the database as the file is called that a link leads to", async ({ root }) => {
    await writeNamedViews(join(root, "customers.duckdb"), "customers");
    await symlink("customers.duckdb", join(root, "newest.duckdb"));
    for (const asked of [
      { table: "over_view" },
      { query: "SELECT * FROM by_database" },
      { query: "FROM newest.people" },
    ])
      expect((await readSource({ url: "duckdb:newest.duckdb", ...asked }, root)).rows).toEqual(id);
  });

  test("a schema may be called source, or as the file is", async ({ root }) => {
    for (const file of ["crm.duckdb", "source.duckdb", "memory.duckdb"]) {
      for (const schema of ["source", "crm", "memory"]) {
        await writeDuckdb(
          join(root, file),
          `CREATE SCHEMA made."${schema}"`,
          `CREATE TABLE made."${schema}".people AS SELECT 1 AS id`,
        );
        const url = `duckdb:${file}`;
        const what = `${schema} in ${file}`;
        expect((await readSource({ url, table: `${schema}.people` }, root)).rows, what).toEqual(id);
        if (schema === "memory") continue; // the database that rows are loaded into
        expect((await readSource({ url, query: `SELECT * FROM ${schema}.people` }, root)).rows, what).toEqual(id);
      }
    }
  });

  test("a view may name a schema that is called source", async ({ root }) => {
    await writeDuckdb(
      join(root, "crm.duckdb"),
      "CREATE SCHEMA source",
      "CREATE TABLE source.people AS SELECT 1 AS id",
      "CREATE VIEW v AS FROM source.people",
    );
    expect((await readSource({ url: "duckdb:crm.duckdb", table: "v" }, root)).rows).toEqual(id);
  });

  test("a query may call the file source, as it had to before", async ({ root }) => {
    await writeDuckdb(join(root, "crm.duckdb"), people);
    for (const query of ["SELECT * FROM source.people", "SELECT * FROM source.main.people", "FROM people"])
      expect((await readSource({ url: "duckdb:crm.duckdb", query }, root)).rows, query).toEqual(id);
  });

  test("a table is found by its schema and its database too", async ({ root }) => {
    await writeDuckdb(join(root, "crm.duckdb"), people, "CREATE SCHEMA s", "CREATE TABLE s.people AS SELECT 2 AS id");
    for (const table of ["people", "main.people", "crm.main.people", "CRM.Main.People"])
      expect((await readSource({ url: "duckdb:crm.duckdb", table }, root)).rows, table).toEqual(id);
    expect((await readSource({ url: "duckdb:crm.duckdb", table: "crm.s.people" }, root)).rows).toEqual([{ id: 2 }]);
  });

  test("a table is found by its name in SQL's quotes, where none is called as it stands", async ({ root }) => {
    await writeDuckdb(
      join(root, "crm.duckdb"),
      people,
      'CREATE SCHEMA "my schema"',
      'CREATE TABLE "my schema"."a.""b""" AS SELECT 2 AS id',
      'CREATE TABLE """quoted""" AS SELECT 3 AS id',
      "CREATE TABLE quoted AS SELECT 4 AS id",
    );
    for (const [table, found] of [
      ['"people"', 1],
      ['"main"."people"', 1],
      ['crm."main".people', 1],
      ['"my schema"."a.""b"""', 2],
      ['my schema.a."b"', 2],
      ['"quoted"', 3],
    ] as const)
      expect((await readSource({ url: "duckdb:crm.duckdb", table }, root)).rows, table).toEqual([{ id: found }]);
    for (const table of ['"people', '"main"people', '""'])
      await expect(readSource({ url: "duckdb:crm.duckdb", table }, root)).rejects.toMatchObject({ exitCode: 2 });
  });

  test("a log whose last entry was never finished is read up to it, and an empty one is none", async ({ root }) => {
    await using db = await openDatabase();
    await db.run(`ATTACH '${root}/a.duckdb' AS a; CREATE TABLE a.t AS SELECT 1 AS id; CHECKPOINT a`);
    await db.run("INSERT INTO a.t VALUES (2)");
    const log = await readFile(join(root, "a.duckdb.wal"));
    await copyFile(join(root, "a.duckdb"), join(root, "b.duckdb"));
    for (const [size, rows] of [
      [log.length, 2],
      [log.length - 10, 1],
      [2, 1],
      [0, 1],
    ] as const) {
      await writeFile(join(root, "b.duckdb.wal"), log.subarray(0, size));
      expect((await readSource({ url: "duckdb:b.duckdb", table: "t" }, root)).rows, `${size}`).toHaveLength(rows);
    }
  });

  test("names without a schema are looked for where the view is, and its macros are its own", async ({ root }) => {
    await writeDuckdb(
      join(root, "crm.duckdb"),
      "CREATE SCHEMA s",
      "CREATE TABLE loaded AS SELECT 3 AS id",
      "CREATE MACRO twice(x) AS 2 * x",
      "CREATE VIEW v AS SELECT twice(id) AS id FROM loaded",
      "CREATE TABLE s.loaded AS SELECT 4 AS id",
      "USE made.s",
      "CREATE VIEW s.w AS FROM loaded",
    );
    expect((await readSource({ url: "duckdb:crm.duckdb", table: "v" }, root)).rows).toEqual([{ id: 6 }]);
    expect((await readSource({ url: "duckdb:crm.duckdb", table: "s.w" }, root)).rows).toEqual([{ id: 4 }]);
  });
});

test("a DuckDB file that another program has open is named with that program", async ({ root }) => {
  const file = join(root, "busy.duckdb");
  await writeDuckdb(file, "CREATE TABLE customers AS SELECT 1 AS id");
  const writer = spawn(process.execPath, ["-e", HOLD, file], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    await once(writer.stdout, "data");
    await expect(readSource({ url: "duckdb:busy.duckdb", table: "customers" }, root)).rejects.toMatchObject({
      exitCode: 5,
      message: `source.url: busy.duckdb is open for writing in ${process.execPath} (process ${writer.pid})`,
      hint: "run it again once it is closed there",
    });
  } finally {
    writer.kill();
    await once(writer, "exit");
  }
});

/** A file with views over views that name it as dbt does: "customers"."main"."raw_customers". */
async function writeNamedViews(file: string, database: string): Promise<void> {
  await using db = await openDatabase();
  const main = `${identifier(database)}.main`;
  await db.run(`ATTACH ${literal(file)} AS ${identifier(database)}`);
  await db.run(`CREATE TABLE ${main}.people AS SELECT 1 AS id`);
  await db.run(`CREATE VIEW ${main}.by_database AS SELECT * FROM ${main}.people`);
  await db.run(`CREATE VIEW ${main}.over_view AS SELECT * FROM ${main}.by_database`);
  await db.run(`DETACH ${identifier(database)}`);
}

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

test("the newest rows, which lie in the log of the file that a link leads to, are read by the link", async ({
  root,
}) => {
  await using db = await openDatabase();
  await mkdir(join(root, "loaded"));
  await db.run(`ATTACH '${root}/loaded/a.duckdb' AS a; CREATE TABLE a.t AS SELECT 1 AS id; CHECKPOINT a`);
  await db.run("INSERT INTO a.t VALUES (2)");
  await mkdir(join(root, "crm"));
  for (const name of ["a.duckdb", "a.duckdb.wal"]) await copyFile(join(root, "loaded", name), join(root, "crm", name));
  await symlink("crm/a.duckdb", join(root, "newest.duckdb"));
  const settings = { url: "duckdb:newest.duckdb", table: "t" };
  expect((await readSource(settings, root)).rows).toEqual([{ id: 1 }, { id: 2 }]);
  await writeFile(join(root, "crm/a.duckdb.wal"), "no log");
  await expect(readSource(settings, root)).rejects.toMatchObject({
    exitCode: 5,
    message: "source.url: newest.duckdb.wal is damaged, or belongs to another file: it begins as no log does",
  });
  await rm(join(root, "crm/a.duckdb.wal"));
  expect((await readSource(settings, root)).rows).toEqual([{ id: 1 }]);
});
