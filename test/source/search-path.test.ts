import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { identifier, literal } from "../../src/lib/duckdb/sql.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { searchPath } from "../../src/lib/source/search-path.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { test } from "../support/source-folder.ts";

const DAYS = [
  "DATE '2026-11-23'",
  "TIMESTAMP '2026-11-23 05:00'",
  "TIMESTAMPTZ '2026-11-23 05:00:00+00'",
  "' 2026-11-23T05'",
];

/** Customers of two days, ids of text, numbers with what is no number. */
const customers = (day: string, more: string) =>
  `CREATE TABLE customers AS SELECT printf('C%05d ', i) AS customer_id, ${day} AS day, i % 7 AS tenure,
     CASE WHEN i = 3 THEN 'NaN'::DOUBLE ELSE i / 8 END AS charge, ['gold', 'basic'][1 + i % 2] AS plan, i % 3 = 0 AS churned
   FROM range(40) AS r(i) ${more}`;

/** Puts a macro in the place of each of DuckDB's functions and operators, as far as DuckDB lets it. */
async function writeMacros(path: string): Promise<number> {
  await using db = await openDatabase();
  const functions = await db.rows(
    `SELECT DISTINCT function_name AS name FROM duckdb_functions()
     WHERE function_type IN ('scalar', 'aggregate', 'macro') ORDER BY ALL`,
    z.object({ name: z.string() }),
  );
  await db.run(`ATTACH ${literal(path)} AS made; USE made.main`);
  let made = 0;
  for (const { name } of functions) {
    const bodies = ["()", "(a)", "(a, b)", "(a, b, c)"].map((parameters) => `${parameters} AS 'mine'`);
    try {
      await db.run(`CREATE MACRO ${identifier(name)}${bodies.join(", ")}`);
      made += 1;
    } catch {
      // Some names the parser keeps for itself.
    }
  }
  await db.run("USE memory.main; DETACH made");
  return made;
}

async function snapshotOf(root: string, source: { table?: string; query?: string }, date?: string) {
  await using db = await openDatabase();
  const config = configSchema.parse({
    dataset: { id: "customer_id", date: "day", target: { column: "churned" } },
    source: { url: "duckdb:customers.duckdb", ...source },
  });
  const { sql, ...snapshot } = await openSnapshot(db, openSource(config.source, root), {
    dataset: config.dataset,
    ...(date === undefined ? {} : { date }),
    today: "2026-11-24",
    timezone: "Europe/Berlin",
  });
  return { ...snapshot, rows: await db.rows(sql, z.record(z.string(), z.unknown())) };
}

test.for(DAYS)("macros of a source are in its own SQL alone, days being %s", async (day, { root }) => {
  const path = join(root, "customers.duckdb");
  await writeDuckdb(path, customers(day, ""), "CREATE VIEW seen AS SELECT * FROM customers");
  const asked = [{ table: "customers" }, { table: "seen" }, { query: "SELECT * FROM customers" }];
  const sound = await Promise.all(asked.map((source) => snapshotOf(root, source)));
  expect(sound.map(({ date, rows }) => [date, rows.length])).toEqual(asked.map(() => ["2026-11-23", 40]));

  expect(await writeMacros(path)).toBeGreaterThan(500);
  for (const [index, source] of asked.entries()) expect(await snapshotOf(root, source)).toEqual(sound[index]);
  for (const source of asked) {
    await expect(snapshotOf(root, source, "2026-11-24")).rejects.toMatchObject({ exitCode: 75 });
    await expect(snapshotOf(root, source, "2026-11-20")).rejects.toMatchObject({ exitCode: 2 });
  }
});

test("a source's own macros work in its own SQL", async ({ root }) => {
  await writeDuckdb(
    join(root, "customers.duckdb"),
    "CREATE MACRO upper(x) AS 'mine'",
    "CREATE MACRO double(x) AS 2 * x",
    customers("DATE '2026-11-23'", "WHERE double(i) < 10"),
    "CREATE VIEW seen AS SELECT * REPLACE (upper(plan) AS plan) FROM customers",
  );
  for (const source of [
    { table: "seen" },
    { query: "SELECT * REPLACE (upper(plan) AS plan, double(tenure) AS tenure) FROM customers" },
  ]) {
    const { rows } = await snapshotOf(root, source);
    expect(rows.map(({ plan }) => plan)).toEqual(Array(5).fill("mine"));
  }
});

test("names are the database's own again, however the work ends", async ({ root }) => {
  await writeDuckdb(join(root, "made.duckdb"), "CREATE TABLE t AS SELECT 1 AS id");
  const db = await openDatabase();
  onTestFinished(() => db[Symbol.asyncDispose]());
  await db.run(`ATTACH ${literal(join(root, "made.duckdb"))} AS "the one" (READ_ONLY)`);
  const within = searchPath(db, "the one");
  const current = () => db.rows("SELECT current_database() AS name", z.object({ name: z.string() }));
  expect(await within(current)).toEqual([{ name: "the one" }]);
  await expect(within(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  await expect(within(() => db.run("SELECT * FROM nothing"))).rejects.toThrow("nothing does not exist");
  expect(await current()).toEqual([{ name: "memory" }]);
});
