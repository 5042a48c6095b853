import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shownOf, toldOf } from "../support/told-failure.ts";
import { type Mariadb, startMariadb } from "./support/mariadb.ts";
import { type Postgres, startPostgres } from "./support/postgres.ts";
import { readSource } from "./support/read-source.ts";

const IDS = ["7590-VHVEG", "47110815", "Müller", "O'Brien", "3f2b1c9a-98ae-4c5a-9c1d-5d0f6a3e3f0d"];
const quoted = (id: string) => `'${id.replaceAll("'", "''")}'`;

let postgres: Postgres;
let mariadb: Mariadb;
beforeAll(async () => {
  const rows = IDS.map((id) => `(${quoted(id)})`).join(", ");
  [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  await postgres.run(`CREATE ROLE reader LOGIN PASSWORD 'secret';
    CREATE TABLE customers (id text); INSERT INTO customers VALUES ${rows}; GRANT SELECT ON customers TO reader;
    CREATE FUNCTION refuse(text) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no customer % here', $1; END $$`);
  await mariadb.run(`CREATE TABLE shop.customers (id varchar(50)) CHARACTER SET utf8mb4; INSERT INTO shop.customers VALUES ${rows};
DELIMITER //
CREATE FUNCTION shop.refuse(t varchar(50) CHARACTER SET utf8mb4) RETURNS INT DETERMINISTIC
BEGIN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = t; RETURN 1; END//
DELIMITER ;
    GRANT EXECUTE ON shop.* TO churn`);
});
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
  await mariadb?.[Symbol.asyncDispose]();
});

/** The server has quoted the customer, and whoever is told elsewhere doesn't hear of it. */
async function expectSilence(id: string, url: string, query: string): Promise<void> {
  const error: unknown = await readSource({ source: { url, query }, env: { PGPASSWORD: "secret" } }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  // Some quote so many letters of it, and no more.
  expect(saidIn(error), query).toContain(id.slice(0, 20));
  const shown = shownOf(toldOf(error));
  expect(shown).not.toContain(id);
  expect(shown).not.toContain(id.slice(2, 12));
}

/** All that an error and its causes say. */
function saidIn(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${saidIn(error.cause)}` : "";
}

describe("what PostgreSQL quotes of a customer stays on this machine", () => {
  const values = [
    "(id || 'x')::int",
    "(id || 'x')::date",
    "('x' || id)::int[]",
    "('x' || id)::uuid",
    "('x' || id)::numeric",
    "refuse(id)",
  ];
  test.each(IDS)("%s", async (id) => {
    for (const value of values)
      await expectSilence(
        id,
        postgres.url("reader"),
        `SELECT id, ${value} AS n FROM customers WHERE id = ${quoted(id)}`,
      );
  });
});

describe("what MariaDB quotes of a customer stays on this machine", () => {
  const values = ["refuse(id)", "EXTRACTVALUE('<a/>', ID)"];
  test.each(IDS)("%s", async (id) => {
    for (const value of values) {
      const query = `SELECT id, ${value.replace("ID", quoted(`]${id}`))} AS n FROM customers WHERE id = ${quoted(id)}`;
      await expectSilence(id, mariadb.url("churn"), query);
    }
  });
});
