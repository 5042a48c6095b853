import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { readSource, test } from "../support/source-folder.ts";

const hint = "a SELECT that gives one row a customer";
const read = (query: string, root: string) => readSource({ url: "duckdb:customers.duckdb", query }, root);

test.for([
  "SELECT id FROM customers WHERE day = {date}",
  "SELECT id FROM customers WHERE day = {date} AND {date} = '2026-11-23' -- twice; and a comment at the end;",
  "WITH chosen AS (SELECT * FROM customers WHERE day = CAST({date} AS DATE)) SELECT id FROM chosen;\n",
])("{date} is bound to the date: %s", async (query, { root }) => {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    "CREATE TABLE customers AS SELECT i AS id, DATE '2026-11-22' + i::INTEGER AS day FROM range(3) AS r(i)",
  );
  expect(await read(query, root)).toEqual({
    description: "customers.duckdb",
    name: "source.query",
    columns: [{ name: "id", type: "BIGINT" }],
    rows: [{ id: 1 }],
  });
});

test.for([
  [
    "SELECT * FORM customers",
    expect.stringMatching(/^source\.query: Parser Error: syntax error at or near "customers"/),
    hint,
  ],
  ["SELECT * FROM customer", "source.query: Catalog Error: Table with name customer does not exist!", hint],
  [
    "SELECT * FROM customers WHERE day = '{date}'",
    "source.query: {date} stands in quotes",
    "write snapshot_date = {date}; it is bound as a value",
  ],
  [
    "SELECT * FROM customers -- {date}",
    "source.query: {date} stands in a comment or in a text",
    "write snapshot_date = {date}, and leave it out elsewhere",
  ],
  ["SELECT 1; SELECT 2", "source.query: 2 statements stand there, and one is asked", hint],
  ["SELECT 1) AS a; DROP TABLE customers; SELECT (2", expect.stringMatching(/^source\.query: Parser Error: /), hint],
  [" \n", "source.query is empty", hint],
  ["-- nothing yet", "source.query is empty", hint],
  [
    "SELECT * FROM customers WHERE id = ?",
    "source.query: nothing is bound to the parameter 1",
    "{date} is the only one",
  ],
  [
    "SELECT * FROM crm.main.customers",
    'source.query: Binder Error: Catalog "crm" does not exist!',
    "crm is another database, or what this file was called when its views were made: have what is needed copied into it, or call it so again",
  ],
  [
    "SELECT st_point(1, 2) AS place FROM customers",
    expect.stringMatching(/^source\.query: Catalog Error: Scalar Function with name "st_point"/),
    "none of DuckDB's extensions is loaded here: have it done by the program that writes the file",
  ],
  [
    "SELECT * FROM read_csv('ROOT/gone.csv')",
    expect.stringMatching(/^source\.query: IO Error: No files found that match the pattern ".*gone\.csv"$/),
    "relative names of files start at the workspace's folder",
  ],
  ["EXPLAIN SELECT 1", "source.query is a statement of the kind EXPLAIN", hint],
  ["COPY customers TO 'ROOT/written.csv'", "source.query is a statement of the kind COPY", hint],
  ["SET threads = 1", "source.query is a statement of the kind SET", hint],
  ["PRAGMA version", expect.stringMatching(/^source\.query: Parser Error: /), hint],
  [
    "SELECT * FROM customers); COPY (SELECT 1) TO 'ROOT/written.csv'; SELECT * FROM (SELECT * FROM customers",
    expect.stringMatching(/^source\.query: Parser Error: syntax error at or near "\)"/),
    hint,
  ],
  [
    "SELECT * FROM customers; COPY (SELECT 1) TO 'ROOT/written.csv'",
    "source.query: 2 statements stand there, and one is asked",
    hint,
  ],
  [
    "CREATE TYPE a AS ENUM ('a'); SELECT * FROM customers",
    "source.query: 2 statements stand there, and one is asked",
    hint,
  ],
  [
    "SELECT error('No space left, Permission denied, Out of Memory') FROM customers",
    "source.query: Invalid Input Error: No space left, Permission denied, Out of Memory",
    hint,
  ],
  ["DELETE FROM customers", "source.query is a statement of the kind DELETE", hint],
  [
    "SELECT CAST(plan AS INTEGER) AS plan FROM customers",
    "source.query: Conversion Error: Could not convert string 'gold' to INT32 when casting from source column plan",
    "TRY_CAST in source.query makes null of what can't be cast",
  ],
] as const)("a query that can't be answered is refused: %s", async ([query, message, next], { root }) => {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    "CREATE TABLE customers AS SELECT 1 AS id, 'gold' AS plan, DATE '2026-11-23' AS day",
  );
  await expect(read(query.replace("ROOT", root), root)).rejects.toMatchObject({ exitCode: 2, message, hint: next });
  expect(existsSync(join(root, "written.csv"))).toBe(false);
});

test.for([
  ["FROM customers", 2],
  ["(SELECT * FROM customers)", 2],
  ["TABLE customers", 2],
  ["VALUES (1), (2), (3)", 3],
  ["SELECT id, ');' AS plan FROM customers -- ); SELECT 2", 2],
  ["PIVOT customers ON plan USING count(*) GROUP BY day", 1],
  ["SELECT * FROM (PIVOT customers ON plan USING count(*) GROUP BY day) /* ; */", 1],
] as const)("a SELECT is one, however it is written: %s", async ([query, rows], { root }) => {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    "CREATE TABLE customers AS SELECT i AS id, ['gold', 'basic'][i] AS plan, DATE '2026-11-23' AS day FROM range(1, 3) AS r(i)",
  );
  expect((await read(query, root)).rows).toHaveLength(rows);
});

test("a PIVOT, which DuckDB makes several statements of, is read as any query, with {date} in it and a day's rows of it", async ({
  root,
}) => {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    "CREATE TABLE orders AS SELECT i % 2 AS id, ['gold', 'free'][i % 2 + 1] AS plan, '2026-11-2' || (i % 4) AS day FROM range(8) AS r(i)",
  );
  const pivot = (rows: string) => `PIVOT ${rows} ON plan USING count(*) GROUP BY id, day`;
  expect((await read(pivot("orders"), root)).rows).toHaveLength(4);
  const today = [{ id: 1, day: "2026-11-23", free: 2, gold: 0 }];
  expect((await read(`FROM (${pivot("orders")}) WHERE day = {date}`, root)).rows).toEqual(today);
  // One of the days has no plan that another has.
  const inside = await read(pivot("(FROM orders WHERE day = {date})"), root);
  expect(inside.rows).toEqual([{ id: 1, day: "2026-11-23", free: 2 }]);
  const day = { column: { name: "day", kind: "text", timezone: "UTC" }, date: "2026-11-23" } as const;
  await using db = await openDatabase();
  const source = openSource({ url: "duckdb:customers.duckdb", query: pivot("orders") }, root);
  await using session = await source.open(db, { date: day.date, text: [] });
  expect(await session.newestDate(day.column, day.date)).toEqual({ date: day.date });
  expect(await session.load("memory.main.loaded", { columns: ["id"], day })).toBe(1);
});

test("source.ready is asked where source.query is, with {date} bound and one value as its answer", async ({ root }) => {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    "CREATE TABLE customers AS SELECT 1 AS id",
    "CREATE TABLE loads AS SELECT DATE '2026-11-23' AS day, 3 AS \"rows loaded\"",
  );
  const readyTo = (ready: string) => readSource({ url: "duckdb:customers.duckdb", table: "customers", ready }, root);
  for (const yes of [
    "SELECT count(*) > 0 FROM loads WHERE day = {date} -- today's\n;",
    'SELECT "rows loaded" FROM loads WHERE day = CAST({date} AS DATE)',
    "SELECT 't'",
    "SELECT true FROM customers.loads WHERE day = '2026-11-23'",
  ])
    expect((await readyTo(yes)).rows, yes).toEqual([{ id: 1 }]);
  for (const no of ["SELECT true FROM loads WHERE day > {date}", "SELECT max(day) > {date} FROM loads", "SELECT NULL"])
    await expect(readyTo(no), no).rejects.toMatchObject({ exitCode: 75 });
  const oneValue = expect.stringMatching(/^a SELECT of one value/);
  await expect(readyTo("SELECT 1 FROM load")).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/^source\.ready: Catalog Error: Table with name load does not exist!/),
    hint: oneValue,
  });
  await expect(readyTo("SELECT '{date}'")).rejects.toMatchObject({ message: "source.ready: {date} stands in quotes" });
  await expect(readyTo("SELECT CAST('x' AS INTEGER)")).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/^source\.ready: Conversion Error/),
  });
  await expect(readyTo("SELECT 1; SELECT 2")).rejects.toMatchObject({ exitCode: 2, hint: oneValue });
});
