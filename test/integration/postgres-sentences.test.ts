import { afterAll, beforeAll, expect, test } from "vitest";
import { ChurnError } from "../../src/lib/errors.ts";
import { type Postgres, startPostgres } from "./support/postgres.ts";
import { type Asked, readSource } from "./support/read-source.ts";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.run("CREATE ROLE reader LOGIN PASSWORD 'secret'; CREATE TABLE customers AS SELECT 1 AS id");
  await postgres.run("GRANT SELECT ON customers TO reader");
});
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

/** What a person is told, whole. */
async function toldOf(source: Omit<Asked["source"], "url">, env: Asked["env"] = { PGPASSWORD: "secret" }) {
  const error = await readSource({ env, source: { url: postgres.url("reader"), ...source } }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ChurnError)) throw error ?? new Error("nothing was said");
  return { exitCode: error.exitCode, says: error.message, next: error.hint };
}

test("a password that is asked for and isn't set", async () => {
  expect(await toldOf({ table: "customers" }, { HOME: "/nonexistent" })).toEqual({
    exitCode: 2,
    says: "PostgreSQL asks for a password of reader, and none is set",
    next: "PGPASSWORD in the environment or the workspace's .env (mode 0600), or ~/.pgpass",
  });
});

test("a query without columns", async () => {
  expect(await toldOf({ query: "SELECT FROM customers" })).toEqual({
    exitCode: 2,
    says: "source.query gives no columns",
    next: "a SELECT that gives one row a customer",
  });
});

test("a column's name twice", async () => {
  expect(await toldOf({ query: 'SELECT id, id AS "Id", id AS id FROM customers' })).toEqual({
    exitCode: 2,
    says: "source.query gives two columns called id",
    next: "give one of them another name (AS), or name the columns that are needed",
  });
});

test("the place of a mistake is one in the query as churn.yaml has it", async () => {
  const says = async (query: string) => (await toldOf({ query })).says;
  expect(await says("\n  SELECT id,\n    nme FROM customers")).toBe(
    'source.query (line 3, column 5): column "nme" does not exist',
  );
  expect(await says("SELECT '😀é' AS a, nme FROM customers")).toBe(
    'source.query (line 1, column 19): column "nme" does not exist',
  );
  expect(await says("SELECT {date} AS d,\n nme FROM customers")).toBe(
    'source.query (line 2, column 2): column "nme" does not exist',
  );
  expect(await says("SELECT {date} AS d, nme FROM customers")).toBe(
    'source.query (line 1): column "nme" does not exist',
  );
});

test("a customer's value is in no sentence, and a constant of the query is", async () => {
  await postgres.run("CREATE TABLE texts AS SELECT 'Ann \"Q\" Smith' AS t; GRANT SELECT ON texts TO reader");
  expect(await toldOf({ query: "SELECT t::integer AS id FROM texts" })).toEqual({
    exitCode: 2,
    says: "source.query: invalid input syntax for type integer: …",
    next: "a text can't be reckoned with: {date}::date - 7",
  });
  expect((await toldOf({ query: "SELECT to_date(t, 'YYYY') AS id FROM texts" })).says).not.toContain("Ann");
  expect((await toldOf({ query: "SELECT id FROM customers WHERE id = 'x1'" })).says).toBe(
    'source.query (line 1, column 37): invalid input syntax for type integer: "x1"',
  );
});
