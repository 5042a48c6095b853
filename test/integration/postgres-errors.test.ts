import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { ChurnError } from "../../src/lib/errors.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { makeCertificates } from "../support/certificates.ts";
import { type Postgres, startPgbouncer, startPostgres, startStandby } from "./support/postgres.ts";
import { type Passing, serverError, startPostgresProxy } from "./support/postgres-proxy.ts";
import { type Asked, readSource } from "./support/read-source.ts";
import { giveToServer } from "./support/server-process.ts";
import { freePort } from "./support/service.ts";

let folder: string;
let postgres: Postgres;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-errors-"));
  const { certificate, key } = await makeCertificates(join(folder, "good"));
  postgres = await startPostgres({
    tls: { certificate, key, ca: join(folder, "good", "ca.pem") },
    settings: { wal_level: "replica", max_prepared_transactions: 5 },
    access: [
      "hostssl all sealed 127.0.0.1/32 scram-sha-256",
      "hostnossl all sealed all reject",
      "hostssl all carded all cert",
      "host all banned all reject",
    ],
  });
  await postgres.run(`
    CREATE ROLE reader LOGIN PASSWORD 'secret'; CREATE ROLE sealed LOGIN PASSWORD 'secret'; CREATE ROLE carded LOGIN; CREATE ROLE banned LOGIN;
    CREATE ROLE stranger LOGIN PASSWORD 'secret'; CREATE ROLE crowd LOGIN PASSWORD 'secret' CONNECTION LIMIT 0;
    CREATE TABLE customers AS SELECT i AS id, 'name ' || i AS name, date '2026-11-23' AS day FROM generate_series(1, 1000) AS s(i);
    CREATE TABLE "Accounts" (id integer);
    CREATE TABLE witness (n integer);
    CREATE FUNCTION writes() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN INSERT INTO witness VALUES (1); RETURN 1; END $$;
    CREATE SEQUENCE counter;
    GRANT SELECT ON customers, "Accounts", witness TO reader, sealed, carded, crowd;
    GRANT INSERT, UPDATE, DELETE ON witness TO reader; GRANT USAGE ON SEQUENCE counter TO reader;
    CREATE DATABASE closed; REVOKE CONNECT ON DATABASE closed FROM public`);
});
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const secret = { PGPASSWORD: "secret" };

/** What a person is told. Neither a password nor a customer's value is in it, and a hint says what to do. */
async function complaintOf(asked: Asked): Promise<ChurnError> {
  const error = await readSource(asked).then(
    ({ rows }) => new Error(`${rows.length} rows arrived`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ChurnError)) throw error;
  const said = `${error.message}\n${error.hint ?? ""}`;
  expect(said).not.toMatch(/secret|hunter22|\bat .*\.ts:\d/);
  expect(error.hint, said).toBeTruthy();
  return error;
}

interface Mistake {
  readonly name: string;
  readonly url?: () => string;
  readonly env?: Readonly<Record<string, string>>;
  readonly source?: Omit<Asked["source"], "url">;
  readonly exitCode: number;
  /** what the sentence has to say, and its hint */
  readonly says: RegExp;
  readonly hints?: RegExp;
}

const query = (text: string) => ({ source: { query: text } });
const at =
  (host: string, port: () => number = () => postgres.port) =>
  () =>
    `postgres://reader@${host}:${port()}/postgres`;

const MISTAKES: readonly Mistake[] = [
  { name: "a wrong password", env: { PGPASSWORD: "hunter22" }, exitCode: 2, says: /password/ },
  { name: "an unknown user", url: () => postgres.url("nobody_there"), exitCode: 2, says: /nobody_there/ },
  {
    name: "no password",
    env: { HOME: "/nonexistent" },
    exitCode: 2,
    says: /password of reader.*none/,
    hints: /PGPASSWORD/,
  },
  {
    name: "a user that may not come",
    url: () => postgres.url("banned"),
    exitCode: 2,
    says: /banned/,
    hints: /pg_hba\.conf/,
  },
  { name: "an unknown database", url: () => postgres.url("reader", "postgers"), exitCode: 2, says: /postgers/ },
  {
    name: "a database without the right",
    url: () => postgres.url("reader", "closed"),
    exitCode: 2,
    says: /closed/,
    hints: /GRANT CONNECT/,
  },
  { name: "an unknown host", url: at("no-such-host.invalid"), exitCode: 2, says: /no-such-host\.invalid/ },
  { name: "no table", source: { table: "custmers" }, exitCode: 2, says: /custmers/, hints: /customers/ },
  { name: "a table of other case", source: { table: "accounts" }, exitCode: 2, says: /accounts/, hints: /Accounts/ },
  { name: "no schema", source: { table: "shop.customers" }, exitCode: 2, says: /shop/ },
  {
    name: "a table without the right",
    url: () => postgres.url("stranger"),
    source: { table: "customers" },
    exitCode: 2,
    says: /customers/,
    hints: /GRANT SELECT/,
  },
  { name: "a query of no table", ...query("SELECT * FROM custmers"), exitCode: 2, says: /custmers/ },
  { name: "a query of no column", ...query("SELECT id,\n nme FROM customers"), exitCode: 2, says: /nme/ },
  { name: "an ambiguous column", ...query("SELECT id FROM customers a, customers b"), exitCode: 2, says: /\bid\b/ },
  { name: "a name twice", ...query("SELECT id, name AS id FROM customers"), exitCode: 2, says: /\bid\b/ },
  { name: "no columns", ...query("SELECT FROM customers"), exitCode: 2, says: /column/ },
  { name: "a mistake in the query", ...query("SELECT id\nFROM customers WHER id = 1"), exitCode: 2, says: /line 2/ },
  {
    name: "a type that doesn't fit",
    ...query("SELECT 1 AS id WHERE 'x'::text = 5"),
    exitCode: 2,
    says: /source\.query/,
  },
  {
    name: "a division by zero",
    ...query("SELECT id / (id - 500) AS id FROM customers"),
    exitCode: 2,
    says: /division by zero/,
  },
  {
    name: "a date that isn't cast",
    ...query("SELECT 1 AS id WHERE {date} - 7 < 5"),
    exitCode: 2,
    says: /source\.query/,
    hints: /\{date\}::date/,
  },
  { name: "an INSERT", ...query("INSERT INTO witness VALUES (1)"), exitCode: 2, says: /./ },
  {
    name: "an UPDATE within WITH",
    ...query("WITH w AS (INSERT INTO witness VALUES (1) RETURNING n) SELECT * FROM w"),
    exitCode: 2,
    says: /./,
  },
  { name: "a function that writes", ...query("SELECT writes() AS id"), exitCode: 2, says: /writ|read/ },
  { name: "nextval", ...query("SELECT nextval('counter') AS id"), exitCode: 2, says: /writ|read/ },
  { name: "FOR UPDATE", ...query("SELECT n AS id FROM witness FOR UPDATE"), exitCode: 2, says: /writ|read/ },
  {
    name: "two statements",
    ...query("SELECT 1 AS id; SELECT 2 AS id"),
    exitCode: 2,
    says: /source\.query/,
  },
  {
    name: "an injection",
    ...query("SELECT 1 AS id) TO STDOUT; COMMIT; INSERT INTO witness VALUES (1); COPY (SELECT 1 AS id"),
    exitCode: 2,
    says: /./,
  },
  {
    name: "another injection",
    ...query("SELECT 1 AS id) q; COMMIT; INSERT INTO witness VALUES (1); SELECT * FROM (SELECT 1 AS id"),
    exitCode: 2,
    says: /./,
  },
  {
    name: "a bracket in a comment",
    ...query("SELECT 1 AS id) AS q LIMIT 0; COMMIT; INSERT INTO witness VALUES (1); --"),
    exitCode: 2,
    says: /./,
  },
  { name: "an open comment", ...query("SELECT 1 AS id /* "), exitCode: 2, says: /source\.query/ },
  { name: "SHOW", ...query("SHOW TimeZone"), exitCode: 2, says: /source\.query/ },
  { name: "COMMIT", ...query("COMMIT"), exitCode: 2, says: /source\.query/ },
  { name: "several hosts", url: () => "postgres://reader@a,b/postgres", exitCode: 2, says: /several hosts/ },
  {
    name: "an unknown parameter",
    url: () => `${postgres.url("reader")}?sslmod=require`,
    exitCode: 2,
    says: /sslmod/,
    hints: /sslmode/,
  },
  {
    name: "ready that is no SELECT",
    source: { table: "customers", ready: "SELECT 1, 2" },
    exitCode: 2,
    says: /source\.ready/,
  },
  {
    name: "ready that says neither yes nor no",
    source: { table: "customers", ready: "SELECT 'maybe'" },
    exitCode: 2,
    says: /source\.ready/,
  },
];

test.each(MISTAKES)(
  "$name is told in a sentence, at once",
  async ({ url, env = secret, source, exitCode, says, hints }) => {
    const startedAt = performance.now();
    const asked = { env, source: { url: url?.() ?? postgres.url("reader"), ...(source ?? { table: "customers" }) } };
    const error = await complaintOf(asked);
    expect({ exitCode: error.exitCode, message: error.message }).toEqual({
      exitCode,
      message: expect.stringMatching(says),
    });
    if (hints !== undefined) expect(error.hint).toMatch(hints);
    expect(await postgres.run("SELECT (SELECT count(*) FROM witness), (SELECT is_called FROM counter)")).toBe("0|f");
    // What a person has to mend isn't asked again: the pauses between four attempts alone are 13 s.
    expect(performance.now() - startedAt).toBeLessThan(12_000);
  },
);

test("a query reads quotes as it was described, whatever source.ready sets", async () => {
  // To whom a backslash before a quote is an escape, the comment is a text, and what stands in it are statements.
  const source = {
    url: postgres.url("reader"),
    query: `SELECT 1 AS id, '\\' AS y /* ' AS y) AS q) TO STDOUT; COMMIT; INSERT INTO witness VALUES (1); COPY (SELECT 1 FROM (SELECT 1 -- */`,
    ready: "SELECT set_config('standard_conforming_strings', 'off', true) = 'off'",
  };
  const { rows } = await readSource({ env: secret, source });
  expect(rows).toHaveLength(1);
  expect(await postgres.run("SELECT count(*) FROM witness")).toBe("0");
});

test("a superuser's connection is warned of, and nobody else's", async () => {
  const url = postgres.url("postgres");
  expect((await readSource({ source: { url, table: "customers" } })).warnings).toEqual([
    expect.stringMatching(/superuser/),
  ]);
  expect(
    (await readSource({ env: secret, source: { url: postgres.url("reader"), table: "customers" } })).warnings,
  ).toEqual([]);
});

test("passwords with any sign are taken as they are", async () => {
  const signs = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join("");
  const words = [signs, " leading and trailing ", "é\u{1f600}", "%41", "a\\", "p@ss:w/o?r#d"];
  for (const [index, word] of words.entries()) {
    await postgres.run(
      `CREATE ROLE signs${index} LOGIN PASSWORD $pass$${word}$pass$; GRANT SELECT ON customers TO signs${index}`,
    );
    const source = { url: postgres.url(`signs${index}`), table: "customers" };
    expect((await readSource({ env: { PGPASSWORD: word }, source })).rows, word).toHaveLength(1000);
    const within = postgres.url(`signs${index}`).replace("@", `:${encodeURIComponent(word)}@`);
    expect((await readSource({ env: { CHURN_SOURCE_URL: within }, source })).rows, word).toHaveLength(1000);
  }
});

describe("TLS", () => {
  let other: { readonly ca: string };
  beforeAll(async () => {
    other = await makeCertificates(join(folder, "other"));
  });

  /** The server shows another certificate from now on. */
  async function show(name: string, names?: string, days?: number): Promise<string> {
    const made = await makeCertificates(join(folder, name), names, days);
    const [certificate, key] = [join(postgres.socketFolder, `${name}.pem`), join(postgres.socketFolder, `${name}.key`)];
    for (const [from, to] of [
      [made.certificate, certificate],
      [made.key, key],
    ] as const) {
      await copyFile(from, to);
      await execa("chmod", ["600", to]);
      await giveToServer(to);
    }
    // psql runs a text of several statements as one transaction, which ALTER SYSTEM refuses; its input, one by one.
    await postgres.run(
      `ALTER SYSTEM SET ssl_cert_file = '${certificate}';\nALTER SYSTEM SET ssl_key_file = '${key}';\nSELECT pg_reload_conf();`,
    );
    await sleep(300);
    return made.ca;
  }
  const asked = (words: string, host = "127.0.0.1", user = "sealed"): Asked => ({
    env: secret,
    source: { url: `postgres://${user}@${host}:${postgres.port}/postgres${words}`, table: "customers" },
  });
  const arrives = async (words: string, host?: string, user?: string) =>
    expect((await readSource(asked(words, host, user))).rows).toHaveLength(1000);
  const fails = async (exitCode: number, says: RegExp, words: string, host?: string, user?: string) => {
    const error = await complaintOf(asked(words, host, user));
    expect({ exitCode: error.exitCode, said: `${error.message}\n${error.hint}` }).toEqual({
      exitCode,
      said: expect.stringMatching(says),
    });
  };

  test("does what its word says, for a certificate with the right names", async () => {
    const ca = join(folder, "good", "ca.pem");
    await arrives("?sslmode=require");
    await arrives(`?sslmode=verify-ca&sslrootcert=${ca}`);
    await arrives(`?sslmode=verify-full&sslrootcert=${ca}`);
    await arrives(`?sslrootcert=${ca}`);
    await fails(2, /authority|sslrootcert/, "?sslmode=verify-full");
    await fails(2, /authority|sslrootcert/, "?sslmode=verify-ca");
    await fails(2, /authority|sslrootcert/, `?sslmode=verify-full&sslrootcert=${other.ca}`);
    // libpq's rule: whoever names an authority wants it asked.
    await fails(2, /authority|sslrootcert/, `?sslmode=require&sslrootcert=${other.ca}`);
    await fails(2, /sslrootcert.*not there/, "?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem");
    await fails(2, /sslmode|pg_hba/, "?sslmode=disable");
    await fails(2, /sslmode|pg_hba/, "");
    await fails(2, /prefer/, "?sslmode=prefer");
  });

  test("asks the name with verify-full alone", async () => {
    const ca = await show("elsewhere", "DNS:db.example.com,DNS:other.example.com");
    await arrives(`?sslmode=verify-ca&sslrootcert=${ca}`);
    await fails(2, /db\.example\.com/, `?sslmode=verify-full&sslrootcert=${ca}`);
    await fails(2, /db\.example\.com/, `?sslmode=verify-full&sslrootcert=${ca}`, "localhost");
    const named = await show("named", "DNS:localhost");
    await arrives(`?sslmode=verify-full&sslrootcert=${named}`, "localhost");
    await fails(2, /localhost/, `?sslmode=verify-full&sslrootcert=${named}`);
  });

  test("tells of a certificate that has expired", async () => {
    const ca = await show("expired", undefined, -1);
    await fails(5, /expired/, `?sslmode=verify-full&sslrootcert=${ca}`);
    await arrives("?sslmode=require");
  });

  test("shows a client's certificate", async () => {
    const cards = join(folder, "good");
    const openssl = (words: readonly string[]) => execa("openssl", words, { cwd: cards });
    await openssl(
      "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout card.key -out card.csr -subj /CN=carded".split(
        " ",
      ),
    );
    await openssl("x509 -req -in card.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out card.pem -days 2".split(" "));
    const card = `sslcert=${join(cards, "card.pem")}&sslkey=${join(cards, "card.key")}`;
    await arrives(`?sslmode=require&${card}`, "127.0.0.1", "carded");
    await fails(2, /carded|certificate/, "?sslmode=require", "127.0.0.1", "carded");
    await fails(2, /sslkey/, `?sslmode=require&sslcert=${join(cards, "card.pem")}`, "127.0.0.1", "carded");
  });

  test("is told of a server that has none, with the word that would do", async () => {
    await using plain = await startPostgres();
    await plain.run("CREATE ROLE reader LOGIN PASSWORD 'secret'");
    const error = await complaintOf({
      env: secret,
      source: { url: `${plain.url("reader")}?sslmode=require`, table: "t" },
    });
    expect(error).toMatchObject({ exitCode: 2, hint: expect.stringContaining("sslmode=disable") });
  });
});

/** Seconds that it may take to give up what three repetitions may mend: the pauses before them, and a little. */
const GIVING_UP_MS = 25_000;

test("what may pass in a moment is tried three times more, and is 5 then", async () => {
  const nobody = await freePort();
  await using silent = await startPostgresProxy(postgres.port, undefined, () =>
    serverError("57P03", "the database system is starting up"),
  );
  await using hasty = await startPostgresProxy(postgres.port, undefined, () => Buffer.alloc(0));
  await using full = await startPgbouncer(postgres, {
    ...{ pool_mode: "session", users: { reader: "secret" } },
    settings: { default_pool_size: 1, query_wait_timeout: 1 },
  });
  const holder = openSource(
    { url: full.url("reader"), table: "customers" },
    "/nonexistent",
    readEnvironment(secret, "/"),
  );
  await using db = await openDatabase();
  await using _ = await holder.open(db, { date: "2026-11-23", text: [] });
  const cases = [
    { url: full.url("reader"), says: /^the pooler at .* has no connection for reader: .*query_wait_timeout/ },
    { url: at("127.0.0.1", () => nobody)(), says: /nothing listens|refused/ },
    { url: postgres.url("crowd"), says: /crowd/ },
    { url: at("127.0.0.1", () => silent.port)(), says: /starting up|not yet/ },
    { url: at("127.0.0.1", () => hasty.port)(), says: /lost|closed|ended/ },
  ];
  await Promise.all(
    cases.map(async ({ url, says }) => {
      const startedAt = performance.now();
      const error = await complaintOf({ env: secret, source: { url, table: "customers" } });
      expect({ exitCode: error.exitCode, message: error.message }).toEqual({
        exitCode: 5,
        message: expect.stringMatching(says),
      });
      expect(performance.now() - startedAt).toBeGreaterThan(5000);
      expect(performance.now() - startedAt).toBeLessThan(GIVING_UP_MS);
    }),
  );
  expect(silent.connections()).toBe(4);
  expect(hasty.connections()).toBe(4);
});

test("a server that starts up, a free connection that comes, and a row that was lost on its way are waited for", async () => {
  await postgres.run(
    "CREATE ROLE crowded LOGIN PASSWORD 'secret' CONNECTION LIMIT 0; GRANT SELECT ON customers TO crowded",
  );
  const starting = (connection: number) =>
    connection <= 2 ? serverError("57P03", "the database system is starting up") : undefined;
  await using slow = await startPostgresProxy(postgres.port, undefined, starting);
  await using lossy = await startPostgresProxy(postgres.port, ({ rows, connection }) =>
    rows === 500 && connection === 1 ? "rst" : "pass",
  );
  const urls = [at("127.0.0.1", () => slow.port)(), at("127.0.0.1", () => lossy.port)(), postgres.url("crowded")];
  const all = Promise.all(urls.map((url) => readSource({ env: secret, source: { url, table: "customers" } })));
  await sleep(500);
  await postgres.run("ALTER ROLE crowded CONNECTION LIMIT -1");
  for (const { rows } of await all) expect(new Set(rows.map(({ id }) => id)).size).toBe(1000);
});

test("a server that says nothing more is given up at the time limit", async () => {
  const held = new Promise<"pass">(() => undefined);
  await using silent = await startPostgresProxy(postgres.port, ({ rows, type }) =>
    type === "d" && rows === 10 ? held : "pass",
  );
  const source = { url: at("127.0.0.1", () => silent.port)(), table: "customers", timeout: "2s" };
  const startedAt = performance.now();
  const error = await complaintOf({ env: secret, source });
  expect(error).toMatchObject({ exitCode: 5 });
  expect(performance.now() - startedAt).toBeLessThan(GIVING_UP_MS);
}, 60_000);

test.each([
  ["HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ["MySQL", "J\0\0\0\n8.0.36\0abcdefgh"],
])("a server that speaks %s is told to be none of PostgreSQL's", async (_, greeting) => {
  await using odd = await startPostgresProxy(postgres.port, undefined, () => Buffer.from(greeting));
  const error = await complaintOf({
    env: secret,
    source: { url: at("127.0.0.1", () => odd.port)(), table: "customers" },
  });
  expect(error).toMatchObject({ exitCode: 2, message: expect.stringMatching(/PostgreSQL/) });
});

test("fewer rows than the server says it sent are a defect, and nothing is kept", async () => {
  // The server's own word, changed on its way.
  const tag = Buffer.from("C\0\0\0\x0eCOPY 1001\0", "latin1");
  await using proxy = await startPostgresProxy(postgres.port, ({ type, bytes }) =>
    type === "C" && bytes.includes("COPY 1000") ? tag : "pass",
  );
  const error = await complaintOf({
    env: secret,
    source: { url: at("127.0.0.1", () => proxy.port)(), table: "customers" },
  });
  expect(error).toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(/1,001 rows were sent and 1,000 arrived/),
  });
});

test("a locked table is 5, and so is a statement that someone cancels", async () => {
  // A prepared transaction keeps its lock without a session.
  await postgres.run("CREATE TABLE locked (id integer); GRANT SELECT ON locked TO reader");
  await postgres.run("BEGIN;\nLOCK TABLE locked;\nPREPARE TRANSACTION 'locker';");
  const source = { url: postgres.url("reader"), table: "locked", timeout: "2s" };
  const error = await complaintOf({ env: secret, source });
  await postgres.run("ROLLBACK PREPARED 'locker'");
  expect(error).toMatchObject({ exitCode: 5, message: expect.stringMatching(/locked/) });
  const sleeping = complaintOf({
    env: secret,
    source: { url: postgres.url("reader"), query: "SELECT id, pg_sleep(1)::text AS s FROM customers" },
  });
  await sleep(1500);
  await postgres.run("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'");
  expect(await sleeping).toMatchObject({ exitCode: 5, message: expect.stringMatching(/cancel/) });
});

test("a pooler's session that doesn't come is told, and no startup parameter of ours is refused by one", async () => {
  await using pooler = await startPgbouncer(postgres, { pool_mode: "transaction", users: { reader: "secret" } });
  const source = { url: pooler.url("reader"), table: "customers", timeout: "30s" };
  expect((await readSource({ env: secret, source })).rows).toHaveLength(1000);
  const error = await complaintOf({ env: secret, source: { ...source, url: pooler.url("reader", "nowhere") } });
  expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining("nowhere") });
});

test("columns that change before a repetition end it, and nothing of both is kept", async () => {
  await postgres.run("CREATE TABLE changing AS SELECT * FROM customers; GRANT SELECT ON changing TO reader");
  let altered: Promise<string> | undefined;
  await using proxy = await startPostgresProxy(postgres.port, ({ rows, connection }) => {
    if (rows < 500 || connection > 1) return "pass";
    // It waits for the reader's lock, which goes with the connection.
    altered ??= postgres.run("ALTER TABLE changing RENAME name TO called");
    return "rst";
  });
  const error = await complaintOf({
    env: secret,
    source: { url: at("127.0.0.1", () => proxy.port)(), table: "changing" },
  });
  await altered;
  expect(error).toMatchObject({ exitCode: 5, message: expect.stringMatching(/columns of table changing .* changed/) });
});

test("a standby's conflict is tried again, and is 5 when it doesn't end", async () => {
  await using standby = await startStandby(postgres, { max_standby_streaming_delay: 0, hot_standby_feedback: "off" });
  await postgres.run(`
    CREATE TABLE moving AS SELECT i AS id, repeat('x', 300) AS t FROM generate_series(1, 1000) AS s(i);
    GRANT SELECT ON moving TO reader`);
  while ((await standby.run("SELECT to_regclass('moving') IS NULL")) === "t") await sleep(50);
  let round = 0;
  // Rows are taken away that the standby's snapshot still sees, while it makes others.
  const conflict = async () => {
    round += 1;
    await postgres.run("UPDATE moving SET t = t || 'y' WHERE id % 50 = 0");
    await postgres.run("VACUUM moving");
  };
  const until = (last: number) => (passing: Passing) => {
    const { type, rows, connection } = passing;
    if (type === "d" && rows === 10 && connection <= last) conflicts.push(conflict());
    return "pass" as const;
  };
  const conflicts: Promise<void>[] = [];
  await using once = await startPostgresProxy(standby.port, until(1));
  await using always = await startPostgresProxy(standby.port, until(100));
  const query = "SELECT id, t, CASE WHEN id % 20 = 0 THEN pg_sleep(0.05) END::text AS s FROM moving";
  const asked = (port: number) => ({ env: secret, source: { url: at("127.0.0.1", () => port)(), query } });
  expect((await readSource(asked(once.port))).rows).toHaveLength(1000);
  expect(once.connections()).toBe(2);
  const error = await complaintOf(asked(always.port));
  expect(error).toMatchObject({ exitCode: 5, message: expect.stringMatching(/catch|conflict|replica|standby/) });
  await Promise.all(conflicts);
  expect(round).toBe(5);
});
