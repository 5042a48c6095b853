import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { init } from "../../src/commands/init.ts";
import { configSchema } from "../../src/lib/config/schema.ts";
import { lookAt, questionsOf } from "../../src/lib/init/from.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";
import { type Mariadb, startMariadb } from "./support/mariadb.ts";
import { admin, type Postgres, startPostgres } from "./support/postgres.ts";

let postgres: Postgres;
let mariadb: Mariadb;
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "churn-init-from-"));
  [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  await postgres.run(`
    CREATE SCHEMA crm;
    CREATE TYPE crm.plan AS ENUM ('basic', 'plus');
    CREATE DOMAIN crm.reference AS bigint;
    CREATE TABLE crm.customers (customer_id crm.reference NOT NULL, snapshot_date date NOT NULL, signed_up timestamptz, plan crm.plan,
      price numeric(10,2), churn text, email text, tags text[], PRIMARY KEY (customer_id, snapshot_date));
    COMMENT ON COLUMN crm.customers.customer_id IS 'as in the CRM''s export';
    INSERT INTO crm.customers SELECT i, date '2026-11-22' + d, timestamptz '2020-01-01' + i * interval '1 hour',
      CASE WHEN i % 3 = 0 THEN 'plus' ELSE 'basic' END::crm.plan, i / 7.0, CASE WHEN i % 5 = 0 THEN 'Yes' ELSE 'No' END, 'c' || i || '@example.org', '{}'
      FROM generate_series(1, 60000) AS i, generate_series(0, 1) AS d;
    CREATE TABLE crm.unknown (id int PRIMARY KEY, churned boolean);
    CREATE VIEW crm.today AS SELECT * FROM crm.customers WHERE snapshot_date = '2026-11-23';
    ANALYZE crm.customers;
    CREATE ROLE reader LOGIN PASSWORD 'hunter2';
    GRANT USAGE ON SCHEMA crm TO reader;
    GRANT SELECT ON crm.customers TO reader;`);
  await mariadb.run(`
    USE shop;
    CREATE TABLE shop.customers (id BIGINT UNSIGNED NOT NULL, day DATE NOT NULL, churned TINYINT(1) NOT NULL COMMENT 'left within a month',
      plan ENUM('basic','plus'), first_name VARCHAR(40), PRIMARY KEY (id, day), KEY by_day (day));
    INSERT INTO shop.customers SELECT seq, '2026-11-23', seq % 4 = 0, 'basic', 'x' FROM seq_1_to_1000;
    ANALYZE TABLE shop.customers;`);
}, 120_000);

afterAll(async () => {
  await Promise.all([postgres[Symbol.asyncDispose](), mariadb[Symbol.asyncDispose]()]);
  await rm(root, { recursive: true, force: true });
});

const look = (from: string, table: string) => lookAt({ from, table, root, env: {}, today: "2026-11-23" });

test("PostgreSQL's catalogue answers for the keys, the days and the values of the label", async () => {
  const { proposal } = await look(postgres.url(admin), "crm.customers");
  expect(questionsOf(proposal)).toEqual([]);
  expect(proposal).toMatchObject({
    id: { value: "customer_id", remark: "crm.reference, part of the primary key: as in the CRM's export" },
    date: { value: "snapshot_date", remark: "date, part of the primary key" },
    target: { value: "churn" },
    positive: { value: "Yes", remark: "of No and Yes" },
    personal: ["email"],
    advice: [
      "an index on crm.customers (snapshot_date) would help: without one the server reads the whole table for each day",
    ],
  });
  await postgres.run("CREATE INDEX ON crm.customers (snapshot_date)");
  expect((await look(postgres.url(admin), "crm.customers")).proposal.advice).toEqual([]);
});

test("what a server doesn't know is asked: a view's keys, a table that was never analysed", async () => {
  const view = await look(postgres.url(admin), "crm.today");
  expect(questionsOf(view.proposal)).toEqual([
    "dataset.id: which is the customer's id? no column is known to be unique and without nulls; called like one: customer_id (crm.reference)",
    expect.stringMatching(/^dataset\.date: which is the day that a row describes\? snapshot_date \(date\), signed_up/),
    "dataset.target: which value of churn (text) says that a customer left? its two values aren't known here",
  ]);
  const { proposal } = await look(postgres.url(admin), "crm.unknown");
  expect(proposal).toMatchObject({ id: { value: "id" }, date: { value: null }, target: { value: "churned" } });
  expect(proposal.advice).toEqual([
    "the server knows nothing of the values of crm.unknown yet: once it has analysed it, init --from can say more",
  ]);
});

test("a table that isn't there, and a server that isn't, are said as a night says it", async () => {
  await expect(look(postgres.url(admin), "crm.customer")).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringContaining("no table crm.customer"),
  });
  await expect(look("postgres://x@127.0.0.1:1/x?sslmode=disable", "t")).rejects.toMatchObject({ exitCode: 5 });
});

test("MySQL's catalogue answers for keys, days and the values of its booleans", async () => {
  const { proposal } = await look(mariadb.url("churn"), "customers");
  expect(questionsOf(proposal)).toEqual([]);
  expect(proposal).toMatchObject({
    id: { value: "id", remark: expect.stringMatching(/^bigint\(\d+\) unsigned, part of the primary key$/) },
    date: { value: "day" },
    target: { value: "churned", remark: "tinyint(1): left within a month" },
    positive: { value: 1, remark: "of 0 and 1" },
    personal: ["first_name"],
    advice: [],
  });
});

test("init --from asks as a role that may only read, and writes no password", async () => {
  const { terminal } = quietTerminal();
  const folder = join(root, "workspace");
  await init.run(
    { ...contextIn(folder, terminal), env: { PGPASSWORD: "hunter2" } },
    init.flags.parse({ from: postgres.url("reader"), table: "crm.customers" }),
  );
  const text = await readFile(join(folder, "churn.yaml"), "utf8");
  expect(text).not.toContain("hunter2");
  expect(text).not.toContain("# CHANGE");
  expect(text).toContain(`source: { url: "${postgres.url("reader")}", table: "crm.customers" }`);
  expect(text).toContain('  target: { column: churn, positive: "Yes" }');
});

test("a server is asked whether it lets us in before a night works", async () => {
  const { source } = configSchema.parse({
    dataset: { id: "customer_id", target: { column: "churn" } },
    source: { url: postgres.url("reader"), table: "crm.customers" },
  });
  const present = (password: string) =>
    openSource(source, root, readEnvironment({ PGPASSWORD: password }, root)).requirePresent?.();
  await expect(present("hunter2")).resolves.toBeUndefined();
  await expect(present("wrong")).rejects.toMatchObject({ exitCode: 2 });
  const { source: other } = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: mariadb.url("nobody"), table: "customers" },
  });
  await expect(openSource(other, root, readEnvironment({}, root)).requirePresent?.()).rejects.toMatchObject({
    exitCode: 2,
  });
});
