import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { churn, cronEnv, digests, mayDiffer, program } from "../support/churn.ts";
import { complaint, replaceIn } from "../support/mistake.ts";
import { fillMariadb, fillPostgres, writeCustomers } from "./support/customers.ts";
import { type Mariadb, startMariadb } from "./support/mariadb.ts";
import { firstNight, secondNight } from "./support/nights.ts";
import { type Postgres, startPgbouncer, startPostgres } from "./support/postgres.ts";

const PASSWORD = "a b'c\"d\\e@f:g/h?i#j%k&l=m$n{o}p~é";
const today = new Date().toISOString().slice(0, 10);

let folder: string;
let postgres: Postgres;
let mariadb: Mariadb;
let files: { readonly csv: string; readonly parquet: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-postgres-"));
  const sample = join(folder, "sample");
  await mkdir(sample);
  await churn(sample, ["init", "--sample", "--date", secondNight]);
  files = await writeCustomers(sample);
  postgres = await startPostgres();
  await postgres.run(`
    CREATE ROLE reader LOGIN PASSWORD '${PASSWORD.replaceAll("'", "''")}';
    CREATE DATABASE shop;`);
  await postgres.run("GRANT CONNECT ON DATABASE shop TO reader", "shop");
  await fillPostgres(postgres, files.csv, "shop");
  await postgres.run("GRANT SELECT ON customers TO reader", "shop");
  mariadb = await startMariadb();
  await fillMariadb(mariadb, files.csv);
});
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
  await mariadb?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A workspace of its own, whose customers come from elsewhere. */
async function workspaceOf(name: string, source: string): Promise<string> {
  const workspace = join(folder, name);
  await cp(join(folder, "sample"), workspace, {
    recursive: true,
    filter: (path) => !/customers\.(duckdb|csv|parquet)$/.test(path),
  });
  await replaceIn(join(workspace, "churn.yaml"), /^source: .*$/m, `source: ${source}`);
  return workspace;
}

/** A table of the server's as churn.yaml names it. */
const fromPostgres = (more = "", url = postgres.url("reader", "shop")) =>
  `{ url: "${url}", table: customers${more === "" ? "" : `, ${more}`} }`;
const password = { PGPASSWORD: PASSWORD };

async function runs(workspace: string, words: readonly string[], env: Readonly<Record<string, string>> = password) {
  const ended = await churn(workspace, words, env);
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  return ended;
}

/** What customers became: each night's Parquet, features and model. How files were read, and whose run was in production, is told beside. */
async function results(workspace: string, night: string): Promise<Record<string, string>> {
  const all = await digests(workspace, mayDiffer);
  const ofNight = Object.entries(all).filter(
    ([path]) =>
      /^(raw|processed|features|models)\//.test(path) &&
      path.includes(night) &&
      !/(?:validation|comparison)\.json$/.test(path),
  );
  expect(ofNight.map(([path]) => path)).toEqual(
    expect.arrayContaining([`raw/${night}/customers.parquet`, `models/${night}/model/model.json`]),
  );
  return Object.fromEntries(ofNight);
}

test("two nights from PostgreSQL are those from the DuckDB file, byte for byte, and the password is in none of their files", async () => {
  const workspace = await workspaceOf("nights", fromPostgres());
  const said = [
    await runs(workspace, ["run-all", "--date", firstNight]),
    await runs(workspace, ["promote", "--version", "1", "--yes"]),
    await runs(workspace, ["run-all", "--date", secondNight]),
    await runs(workspace, ["config"]),
    await runs(workspace, ["preview"]),
  ];
  for (const night of [firstNight, secondNight])
    expect(await results(workspace, night)).toEqual(await results(inject("twoNights"), night));
  for (const { stdout, stderr } of said) expect(stdout + stderr).not.toContain(PASSWORD);
  for (const path of Object.keys(await digests(workspace))) {
    const text = await readFile(join(workspace, path), "utf8");
    expect(text.includes(PASSWORD) || text.includes(encodeURIComponent(PASSWORD)), path).toBe(false);
  }
  // A night that is up to date asks nobody.
  await postgres.run("REVOKE SELECT ON customers FROM reader", "shop");
  try {
    await runs(workspace, ["run-all", "--date", firstNight]);
  } finally {
    await postgres.run("GRANT SELECT ON customers TO reader", "shop");
  }
});

/** The same customers from elsewhere: the section `source`, and what the environment has to say to it. */
const elsewhere: readonly {
  readonly name: string;
  readonly source: () => string;
  readonly env?: Readonly<Record<string, string>>;
  /** dataset.types */
  readonly types?: string;
}[] = [
  { name: "parquet", source: () => `{ url: "parquet:${files.parquet}" }` },
  { name: "csv", source: () => `{ url: "csv:${files.csv}" }` },
  {
    name: "query of postgres",
    source: () =>
      `{ url: "${postgres.url("reader", "shop")}", query: "SELECT * FROM customers WHERE snapshot_date = {date};" }`,
    env: password,
  },
  {
    // tinyint(1) may hold a 2: only a person can say that it is a boolean.
    name: "mysql",
    source: () => `{ url: "${mariadb.url("churn")}", query: "SELECT * FROM customers WHERE snapshot_date = {date}" }`,
    types: "{ churned: boolean }",
  },
  {
    name: "a command",
    source: () => {
      const copy = "COPY (SELECT * FROM customers WHERE snapshot_date = '{date}') TO STDOUT (FORMAT csv, HEADER)";
      const words = ["psql", "-X", "-q", "-d", postgres.url("reader", "shop"), "-c", copy];
      return `{ command: ${JSON.stringify(words)}, format: csv, env: [PGPASSWORD] }`;
    },
    env: password,
  },
];

test.each(elsewhere)(
  "a night by $name is that from the DuckDB file, byte for byte",
  async ({ name, source, env, types }) => {
    const workspace = await workspaceOf(name, source());
    if (types !== undefined)
      await replaceIn(join(workspace, "churn.yaml"), /^source: /m, `  types: ${types}\nsource: `);
    await runs(workspace, ["run-all", "--date", firstNight], env);
    expect(await results(workspace, firstNight)).toEqual(await results(inject("twoNights"), firstNight));
  },
);

test("a night through pgbouncer, whose sessions others have used, is the same", async () => {
  await using pooler = await startPgbouncer(postgres, {
    pool_mode: "transaction",
    users: { reader: PASSWORD },
    settings: { default_pool_size: 1 },
  });
  // What the role has, and what one client sets, the next one of that session finds.
  const ask = async (sql: string) =>
    (await execa("psql", ["-X", "-q", "-A", "-t", "-d", pooler.url("reader", "shop"), "-c", sql])).stdout;
  await postgres.run("ALTER ROLE reader SET TimeZone = 'Asia/Tokyo'; ALTER ROLE reader SET DateStyle = 'German, DMY'");
  onTestFinished(async () => void (await postgres.run("ALTER ROLE reader RESET ALL")));
  await ask("SET extra_float_digits = 0; SET bytea_output = 'escape'; SET IntervalStyle = 'sql_standard'");
  expect(await ask("SELECT now()::date::text || current_setting('TimeZone')")).toMatch(
    /^\d\d\.\d\d\.\d{4}Asia\/Tokyo$/,
  );
  const workspace = await workspaceOf("pooler", fromPostgres("", pooler.url("reader", "shop")));
  await runs(workspace, ["extract", "--date", firstNight]);
  const raw = `raw/${firstNight}/customers.parquet`;
  expect((await digests(workspace))[raw]).toBe((await digests(inject("twoNights")))[raw]);
  // What churn sets is gone with its transaction.
  expect(await ask("SHOW extra_float_digits")).toBe("0");
  expect(await ask("SHOW TimeZone")).toBe("Asia/Tokyo");
});

test.each([
  {
    where: "a .env",
    write: (workspace: string) => dotenv(workspace, `PGPASSWORD='${PASSWORD.replaceAll("'", "")}'\n`),
    role: "plain",
  },
  {
    where: "the address of the environment",
    write: async () => ({
      CHURN_SOURCE_URL: postgres.url("reader", "shop").replace("reader@", `reader:${encodeURIComponent(PASSWORD)}@`),
    }),
    role: "reader",
  },
  { where: "a .pgpass", write: (workspace: string) => passFile(workspace, 0o600), role: "reader" },
])("a password is found in $where, and never shown", async ({ where, write, role }) => {
  await postgres.run(
    `DO $$ BEGIN CREATE ROLE plain LOGIN PASSWORD $p$${PASSWORD.replaceAll("'", "")}$p$; EXCEPTION WHEN duplicate_object THEN END $$;
     GRANT SELECT ON customers TO plain`,
    "shop",
  );
  const workspace = await workspaceOf(`password in ${where}`, fromPostgres("", postgres.url(role, "shop")));
  const { stdout, stderr } = await runs(workspace, ["extract", "--date", firstNight], await write(workspace));
  expect(stdout + stderr).not.toContain("f:g/h");
  for (const path of Object.keys(await digests(workspace, /^(\.env|pgpass)$/)))
    expect(await readFile(join(workspace, path), "utf8"), path).not.toContain("f:g/h");
});

async function dotenv(workspace: string, text: string): Promise<Record<string, string>> {
  await writeFile(join(workspace, ".env"), text, { mode: 0o600 });
  return {};
}

async function passFile(workspace: string, mode: number): Promise<Record<string, string>> {
  const path = join(workspace, "pgpass");
  const escaped = PASSWORD.replaceAll("\\", "\\\\").replaceAll(":", "\\:");
  await writeFile(path, `other:*:*:*:wrong\n# a word\n127.0.0.1:${postgres.port}:shop:reader:${escaped}\n`, { mode });
  return { PGPASSFILE: path };
}

test("a password in churn.yaml is refused, and none of it is said again", async () => {
  const url = postgres.url("reader", "shop").replace("reader@", "reader:hunter22@");
  const workspace = await workspaceOf("yaml password", fromPostgres("", url));
  const ended = await churn(workspace, ["extract", "--date", firstNight]);
  expect(complaint(ended)).toMatchObject({ exitCode: 2, error: expect.stringMatching(/secret|password/) });
  expect(ended.stdout + ended.stderr).not.toContain("hunter22");
});

test("a Unix socket's folder and PGHOST name the server as well", async () => {
  const socket = `postgres:///shop?host=${encodeURIComponent(postgres.socketFolder)}&port=${postgres.port}&user=reader`;
  const workspace = await workspaceOf("socket", fromPostgres("", socket));
  await runs(workspace, ["extract", "--date", firstNight]);
  const env = { PGHOST: "127.0.0.1", PGPORT: String(postgres.port), PGUSER: "reader", PGDATABASE: "shop", ...password };
  const bare = await workspaceOf("environment", fromPostgres("", "postgres://"));
  await runs(bare, ["extract", "--date", firstNight], env);
  const raw = `raw/${firstNight}/customers.parquet`;
  expect((await digests(bare))[raw]).toBe((await digests(workspace))[raw]);
});

/** Customers who aren't there yet today: of a load whose end a row of another table tells. */
async function lateDay(name: string, wait: string): Promise<string> {
  await postgres.run(
    `DROP TABLE IF EXISTS late, loads;
     CREATE TABLE late AS SELECT * FROM customers WHERE snapshot_date < '${firstNight}';
     CREATE TABLE loads (day date, done boolean);
     GRANT SELECT ON late, loads TO reader`,
    "shop",
  );
  const more = `ready: "SELECT done FROM loads WHERE day = {date}", wait: ${wait}`;
  return await workspaceOf(name, fromPostgres(more).replace("table: customers", "table: late"));
}

test("today's load is waited for until ready says so, and no row of the day comes before", async () => {
  const workspace = await lateDay("waits", "{ for: 60s, every: 1s }");
  const night = churn(workspace, ["extract"], password);
  await sleep(2500);
  // The first half is there, and the load isn't done.
  const part = (which: string) => `
    INSERT INTO late SELECT '${today}', customer_id, signup_date, tenure_months, monthly_charges, total_charges, contract_type,
      payment_method, churned FROM customers WHERE snapshot_date = '${secondNight}' AND customer_id ${which} 'C03000';`;
  await postgres.run(`${part("<")} INSERT INTO loads VALUES ('${today}', false)`, "shop");
  await sleep(2500);
  await postgres.run(`BEGIN; ${part(">=")} UPDATE loads SET done = true; COMMIT`, "shop");
  const ended = await night;
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
  expect(ended.stderr.match(/waiting up to/g), ended.stderr).toHaveLength(1);
  const at = await workspaceOf("doesn't wait", fromPostgres().replace("table: customers", "table: late"));
  await runs(at, ["extract"]);
  const raw = `raw/${today}/customers.parquet`;
  expect((await digests(workspace))[raw]).toBe((await digests(at))[raw]);
});

test("a load that doesn't come in time is 75, of a past date 2 at once, and a mistake meanwhile 2", async () => {
  const workspace = await lateDay("gives up", "{ for: 3s, every: 1s }");
  const late = await churn(workspace, ["extract"], password);
  expect(complaint(late), late.stderr).toMatchObject({ exitCode: 75 });
  const past = await lateDay("past", "{ for: 60s, every: 1s }");
  const startedAt = performance.now();
  const ended = await churn(past, ["extract", "--date", firstNight], password);
  expect(complaint(ended), ended.stderr).toMatchObject({ exitCode: 2 });
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  const night = churn(past, ["extract"], password);
  await sleep(2500);
  await postgres.run("ALTER TABLE loads RENAME TO gone", "shop");
  const mistaken = await night;
  await postgres.run("DROP TABLE gone", "shop");
  expect(complaint(mistaken), mistaken.stderr).toMatchObject({ exitCode: 2, error: expect.stringContaining("loads") });
});

/** Rows whose making takes the server minutes. */
const ENDLESS =
  "SELECT c.*, (SELECT count(*) FROM generate_series(1, 100000000000) AS g(i) WHERE i % 7 = c.tenure_months) AS n FROM customers c WHERE snapshot_date = {date}";

async function backends(): Promise<number> {
  return Number(await postgres.run("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader'"));
}

async function until(what: () => Promise<boolean>, ms: number): Promise<number> {
  const from = performance.now();
  while (!(await what())) {
    if (performance.now() - from > ms) throw new Error(`not so within ${ms} ms`);
    await sleep(50);
  }
  return performance.now() - from;
}

test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("%s leaves no query on the server and no file", async (signal) => {
  const source = `{ url: "${postgres.url("reader", "shop")}", query: "${ENDLESS}" }`;
  const workspace = await workspaceOf(`ends ${signal}`, source);
  const temporary = await mkdtemp(join(folder, "tmp-"));
  const night = execa(process.execPath, [program, "extract", "--date", firstNight], {
    cwd: workspace,
    env: { ...cronEnv, ...password, TMPDIR: temporary },
    extendEnv: false,
    reject: false,
    detached: true,
    stdin: "ignore",
  });
  onTestFinished(async () => void (await night));
  await until(async () => (await activeBackends()) === 1, 20_000);
  await sleep(500);
  process.kill(-(night.pid ?? 0), signal);
  const ended = await night;
  expect(ended.signal).toBe(signal);
  expect(await until(async () => (await backends()) === 0, 15_000)).toBeLessThan(10_000);
  if (signal !== "SIGKILL") expect(await readdir(temporary)).toEqual([]);
  // The next start removes what a kill left.
  await runs(await workspaceOf(`after ${signal}`, fromPostgres()), ["extract", "--date", firstNight], {
    ...password,
    TMPDIR: temporary,
  });
  expect(await readdir(temporary)).toEqual([]);
});

async function activeBackends(): Promise<number> {
  return Number(
    await postgres.run(
      "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active' AND query ILIKE 'copy%'",
    ),
  );
}

test("a query that takes longer than source.timeout is ended on the server", async () => {
  const source = `{ url: "${postgres.url("reader", "shop")}", query: "${ENDLESS}", timeout: 2s }`;
  const workspace = await workspaceOf("timeout", source);
  const ended = await churn(workspace, ["extract", "--date", firstNight], password);
  expect(complaint(ended), ended.stderr).toMatchObject({ exitCode: 5, error: expect.stringMatching(/longer than/) });
  expect(await backends()).toBe(0);
});
