import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { ChurnError } from "../../src/lib/errors.ts";
import { openSource } from "../../src/lib/source/open.ts";
import type { DateColumn } from "../../src/lib/source/source.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { type Postgres, startPgbouncer, startPostgres } from "./support/postgres.ts";
import { type Asked, readSource } from "./support/read-source.ts";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.run(
    "CREATE ROLE reader LOGIN PASSWORD 'secret'; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader",
  );
});
afterAll(async () => {
  await postgres?.[Symbol.asyncDispose]();
});

const env = { PGPASSWORD: "secret" };
const ofTable = (table: string, more: Partial<Asked> = {}) =>
  readSource({ env, ...more, source: { url: postgres.url("reader"), table } });
const ofQuery = (query: string, more: Partial<Asked> = {}) =>
  readSource({ env, ...more, source: { url: postgres.url("reader"), query } });

const texts = z.array(z.record(z.string(), z.string().nullable()));
/** Rows as the server itself writes them: a SELECT of texts. */
async function rowsOf(sql: string, database?: string) {
  return texts.parse(
    JSON.parse(
      (await postgres.run(`SELECT coalesce(json_agg(every_row), '[]') FROM (${sql}) every_row`, database)).trim(),
    ),
  );
}

/** Columns of every type: how it is declared, its edge values in SQL, and what churn calls it. */
interface TypeCase {
  readonly type: string;
  readonly values: readonly string[];
  readonly called: string;
  /** SQL of the server and of DuckDB that give the same text; by default the texts that the two of them have */
  readonly server?: string;
  readonly duckdb?: string;
  /** texts differ, and numbers don't */
  readonly number?: "float" | "double";
}

const zoned = { server: "(%s AT TIME ZONE 'UTC')::text", duckdb: "%s AT TIME ZONE 'UTC'" };
const TYPES: Readonly<Record<string, TypeCase>> = {
  i2: { type: "smallint", values: ["-32768", "32767", "0"], called: "SMALLINT" },
  i4: { type: "integer", values: ["-2147483648", "2147483647"], called: "INTEGER" },
  i8: { type: "bigint", values: ["-9223372036854775808", "9223372036854775807", "9007199254740993"], called: "BIGINT" },
  o: { type: "oid", values: ["4294967295"], called: "UINTEGER" },
  b: { type: "boolean", values: ["true", "false"], called: "BOOLEAN" },
  f4: {
    type: "real",
    values: ["16777217.3", "'1e-45'", "3.4028235e38", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "0.1"],
    called: "FLOAT",
    number: "float",
  },
  f8: {
    type: "double precision",
    values: ["'5e-324'", "1.7976931348623157e308", "'-0'", "'NaN'", "'Infinity'", "0.1", "1e20", "2.0/3"],
    called: "DOUBLE",
    number: "double",
  },
  n2: {
    type: "numeric(10,2)",
    values: ["99999999.99", "-0.01", "0", "'NaN'", "1.005"],
    called: "DOUBLE",
    number: "double",
  },
  n30: { type: "numeric(30,12)", values: ["123456789012345678.123456789012"], called: "DOUBLE", number: "double" },
  n0: {
    type: "numeric(38,0)",
    values: [`${"9".repeat(38)}`, `-${"9".repeat(38)}`, "1234567"],
    called: "DECIMAL(38,0)",
  },
  n: { type: "numeric", values: ["1234567", "0.1", "1e300", "1e131071", "'NaN'"], called: "DOUBLE", number: "double" },
  nm: { type: "numeric(5,-2)", values: ["123456", "1234567"], called: "DOUBLE", number: "double" },
  d: {
    type: "date",
    values: [
      "'1969-12-31'",
      "'0001-01-01'",
      "'9999-12-31'",
      "'10000-01-01'",
      "'infinity'",
      "'-infinity'",
      "'2024-02-29'",
    ],
    called: "DATE",
  },
  ts: {
    type: "timestamp",
    values: ["'1969-12-31 23:59:59.999999'", "'0001-01-01'", "'10000-01-01 00:00:01'", "'infinity'", "'-infinity'"],
    called: "TIMESTAMP",
  },
  tz: {
    type: "timestamptz",
    values: [
      "'1890-04-01 12:00 Europe/Berlin'",
      "'2026-10-25 02:30+01'",
      "'2026-10-25 02:30+02'",
      "'infinity'",
      "'-infinity'",
      "'2026-01-01 00:00:00.000001+00'",
    ],
    called: "TIMESTAMP WITH TIME ZONE",
    ...zoned,
  },
  u: {
    type: "uuid",
    values: ["'FFEEDDCC-0011-2233-4455-66778899AABB'", "'00000000-0000-0000-0000-000000000000'"],
    called: "UUID",
  },
  c: { type: "char(6)", values: ["'ab'", "' a'", "''", "'öäü'"], called: "VARCHAR" },
  vc: { type: "varchar(9)", values: ["'ab '", "''", "'00123'"], called: "VARCHAR" },
  t: {
    type: "text",
    values: ["''", "'NULL'", "'\\N'", "E'a\\nb'", "'\"'", "E'\\t\\\\'", "'😀, é'", "E'\\r\\n'", "E'\\u0001'"],
    called: "VARCHAR",
  },
  na: { type: "name", values: ["'a name'"], called: "VARCHAR" },
  ci: { type: "citext", values: ["'AbC'", "''"], called: "VARCHAR" },
  en: { type: "mood", values: ["'so so'", "'glad, \"very\"'"], called: "VARCHAR" },
  di: { type: "positive", values: ["7"], called: "INTEGER" },
  dn: { type: "price", values: ["12.34"], called: "DOUBLE", number: "double" },
  js: { type: "json", values: [`'{"a": 1.10, "a": null}'`], called: "json" },
  jb: { type: "jsonb", values: [`'{"b": "x,\\n", "a": 123456789012345678901.10}'`], called: "jsonb" },
  ar: { type: "integer[]", values: ["'{1,NULL,3}'", "'{}'"], called: "integer[]" },
  ta: { type: "text[]", values: [`'{"a,b","","NULL",NULL}'`], called: "text[]" },
  ba: { type: "bytea", values: ["'\\x00ff2c22'", "''"], called: "bytea" },
  iv: { type: "interval", values: ["'1 year 2 days 03:04:05.6'"], called: "interval" },
  ti: { type: "time", values: ["'24:00:00'"], called: "time without time zone" },
  tt: { type: "timetz", values: ["'12:00:00+05:30'"], called: "time with time zone" },
  mo: { type: "money", values: ["1234.5"], called: "money" },
  bi: { type: "bit(3)", values: ["B'101'"], called: "bit" },
  vb: { type: "varbit", values: ["B'1'", "B''"], called: "bit varying" },
  ip: { type: "inet", values: ["'10.0.0.1'", "'::1/64'"], called: "inet" },
  ma: { type: "macaddr", values: ["'08:00:2b:01:02:03'"], called: "macaddr" },
  po: { type: "point", values: ["'(1.5,-2)'"], called: "point" },
  ra: { type: "int4range", values: ["'[1,5)'", "'empty'"], called: "int4range" },
  hs: { type: "hstore", values: [`'"a"=>NULL, "b"=>"c,d"'`], called: "hstore" },
  tv: { type: "tsvector", values: ["'a fat cat'"], called: "tsvector" },
  co: { type: "pair", values: [`ROW(1, 'x,"y"')::pair`], called: "pair" },
};
const names = Object.keys(TYPES);
const told = (template: string | undefined, column: string, usual: string) =>
  (template ?? usual).replaceAll("%s", column);

describe("every type", () => {
  beforeAll(async () => {
    const columns = Object.entries(TYPES).map(([name, { type }]) => `${name} ${type}`);
    const inserts = Object.entries(TYPES).flatMap(([name, { values, type }]) =>
      values.map(
        (value) =>
          `INSERT INTO types (${name}) VALUES ((${value})::${type === "real" || type === "double precision" ? `text::${type}` : type});`,
      ),
    );
    await postgres.run(`
      CREATE EXTENSION citext; CREATE EXTENSION hstore;
      CREATE TYPE mood AS ENUM ('so so', 'glad, "very"');
      CREATE DOMAIN positive AS integer CHECK (value > 0); CREATE DOMAIN price AS numeric(8,2);
      CREATE TYPE pair AS (a integer, b text);
      CREATE TABLE types (row integer GENERATED ALWAYS AS IDENTITY, ${columns.join(", ")});
      ${inserts.join("\n")}
      INSERT INTO types DEFAULT VALUES`);
  });

  const asked = {
    reading: Object.fromEntries(names.map((name) => [name, told(TYPES[name]?.duckdb, name, "%s")])),
    sql: undefined,
  };
  /** Rows by their numbers. */
  const numbered = (rows: readonly Record<string, string | null>[]) =>
    [...rows].sort((a, b) => Number(a.row) - Number(b.row));

  test("arrives with the values that the server has, under its own name where DuckDB has no such type", async () => {
    const { reading } = asked;
    const { rows, types } = await ofTable("types", { reading });
    expect(types).toEqual({ row: "INTEGER", ...Object.fromEntries(names.map((name) => [name, TYPES[name]?.called])) });
    const listed = names.map((name) => `${told(TYPES[name]?.server, name, "%s::text")} AS ${name}`);
    const expected = await rowsOf(`SELECT row::text, ${listed.join(", ")} FROM types`);
    expect(rows).toHaveLength(expected.length);
    expect(numbered(rows).map(comparable)).toEqual(numbered(expected).map(comparable));
  });

  test("arrives the same through a pooler whose session has foreign settings", async () => {
    await using pooler = await startPgbouncer(postgres, {
      pool_mode: "transaction",
      users: { reader: "secret" },
      settings: { default_pool_size: 1 },
    });
    const settings = [
      "SET TimeZone = 'Asia/Tokyo'",
      "SET DateStyle = 'German, DMY'",
      "SET IntervalStyle = 'sql_standard'",
      "SET extra_float_digits = 0",
      "SET bytea_output = 'escape'",
    ];
    await execa("psql", ["-X", "-q", "-d", pooler.url("reader"), "-c", settings.join("; ")]);
    const { reading } = asked;
    const there = await readSource({ env, reading, source: { url: pooler.url("reader"), table: "types" } });
    expect(numbered(there.rows)).toEqual(numbered((await ofTable("types", { reading })).rows));
  });

  test("comes as text where it is text for churn: an id keeps its digits", async () => {
    const { rows } = await ofQuery(
      "SELECT 1234567::numeric AS id, '0012'::text AS z, 'ab'::char(6) AS c, 1::bigint AS i, '1e20'::float8 AS f",
      {
        text: ["id", "z", "c"],
      },
    );
    expect(rows).toEqual([{ id: "1234567", z: "0012", c: "ab", i: "1", f: "1e+20" }]);
  });
});

/** Numbers as numbers, since texts of them differ; everything else as it is. */
function comparable(row: Readonly<Record<string, string | null>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      const number = TYPES[name]?.number;
      if (number === undefined || value === null) return [name, value];
      const read = Number(value.replace(/^(-?)inf(?:inity)?$/i, "$1Infinity"));
      return [name, number === "float" ? Math.fround(read) : read];
    }),
  );
}

const beyond = [
  ...["date", "timestamp", "timestamptz"].map((type) => [type, "0044-03-15 BC"] as const),
  ...["date", "timestamp", "timestamptz"].map((type) => [type, "4713-01-01 BC"] as const),
  ["timestamp", "294276-12-31 23:59:59"],
  ["timestamptz", "294276-12-31 23:59:59+00"],
  ["date", "5874897-12-31"],
] as const;

test.each(beyond)("a %s of %s is told, and neither NULL nor another day", async (type, value) => {
  const loading = ofQuery(`SELECT 1 AS id, ${type} '${value}' AS day UNION ALL SELECT 2, ${type} '2026-01-01'`);
  const error = await loading.then(
    ({ rows }) => new Error(`arrived as ${JSON.stringify(rows)}`),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ChurnError);
  expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining("day") });
  expect(String(error)).not.toContain(value.slice(0, 4));
});

/** What CSV readers take for something else. */
const TELLING = [
  "",
  "NULL",
  "null",
  "\\N",
  "\\.",
  '"',
  '""',
  ",",
  "\n",
  "\r",
  "\r\n",
  "\r\na",
  "a\rb",
  " ",
  "  x  ",
  "\\",
  "#",
  "-",
  "'",
  "1,2\n3,4",
  '"a","b"\n',
  "\t",
  "é",
  "\u{1f600}",
  "\ufeff",
  "\u2028",
  "NaN",
  "a\n\n\nb",
  "END",
  "\\\\N",
];

/** Texts by their bytes: what decodes them may take a sign of its own from their beginning. */
const asBytes = (column: string) => `to_base64(encode(${column}))`;
const fromBytes = (base64: string | null | undefined) =>
  base64 === null || base64 === undefined ? null : Buffer.from(base64, "base64").toString();
const inOrder = (values: readonly (string | null)[]) => values.map((value) => JSON.stringify(value)).sort();

test("texts that mean something in CSV arrive as they are, in every place of a row", async () => {
  const literals = TELLING.map((text) => `($t$${text}$t$)`).join(", ");
  await postgres.run(`CREATE TABLE telling (t text); INSERT INTO telling VALUES ${literals}, (NULL)`);
  const expected = inOrder([...TELLING, null]);
  const places = [
    "t",
    "t, 1 AS b, 2 AS c",
    "0 AS a, t, 2 AS c",
    "0 AS a, 1 AS b, t",
    "t, t AS u",
    "NULL::text AS n, t, ''::text AS e",
  ];
  for (const select of places) {
    const { rows } = await ofQuery(`SELECT ${select} FROM telling`, { reading: { t: asBytes("t"), u: asBytes("u") } });
    expect(inOrder(rows.map(({ t }) => fromBytes(t))), select).toEqual(expected);
    if (select.includes("AS u")) expect(rows.filter(({ t, u }) => t !== u)).toEqual([]);
    if (select.includes("AS e")) expect(rows.filter(({ n, e }) => n !== null || e !== "")).toEqual([]);
  }
  // The first row decides nothing.
  for (const first of ["\r", "\r\n", "", "\ufeff"]) {
    const query = `SELECT $t$${first}$t$ AS t, 1 AS n UNION ALL SELECT 'b', 2`;
    const { rows } = await ofQuery(query, { reading: { t: asBytes("t") } });
    expect(inOrder(rows.map(({ t }) => fromBytes(t)))).toEqual(inOrder([first, "b"]));
  }
});

const MB = 2 ** 20;

test.each([
  { name: "without quotes", line: "E'\\nC' || i || ',12,text'", beside: ", i AS n" },
  { name: "with quotes", line: 'E\'\\n"C\' || i || \'",12,"text, ""more"""\'', beside: ", i AS n" },
  { name: "in a table of text alone", line: "E'\\nC' || i || ',text'", beside: "" },
])("60 MB of texts whose lines look like rows, $name, arrive as they are", async ({ line, beside }) => {
  // Every text has another length: no boundary of a buffer falls where the last one did.
  const query = `SELECT 'C' || i AS id${beside}, repeat(${line}, 1 + i * 7919 % 4001) AS t FROM generate_series(1, 2000) AS g(i)`;
  const digest =
    "SELECT count(*) || ' ' || sum(length(t)) || ' ' || md5(string_agg(md5(t), '' ORDER BY id COLLATE \"C\")) AS d";
  const server = await postgres.run(`${digest} FROM (${query}) q`);
  expect(Number(server.split(" ")[1])).toBeGreaterThan(30 * MB);
  const { rows } = await ofQuery(query, { sql: `${digest.replace(' COLLATE "C"', "")} FROM memory.main.loaded` });
  expect(rows).toEqual([{ d: server }]);
});

test("values of 3 and of 20 MB arrive as they are", async () => {
  const { rows } = await ofQuery(
    "SELECT n AS id, repeat(E'a,\"\\n', n) AS t, 1 AS b FROM (VALUES (10), (800000), (5300000)) AS v(n)",
    {
      sql: "SELECT id::VARCHAR AS id, length(t)::VARCHAR AS n, md5(t) AS d FROM memory.main.loaded ORDER BY loaded.id",
    },
  );
  expect(rows.map(({ n }) => Number(n))).toEqual([40, 3_200_000, 21_200_000]);
  const digests = await postgres.run(
    "SELECT md5(repeat(E'a,\"\\n', n)) FROM (VALUES (10), (800000), (5300000)) AS v(n) ORDER BY n",
  );
  expect(rows.map(({ d }) => d)).toEqual(digests.split("\n"));
});

test("more rows than memory are loaded", async () => {
  const columns = Array.from({ length: 8 }, (_, k) => `md5((i + ${k})::text) AS t${k}`);
  const query = `SELECT i AS id, ${columns.join(", ")} FROM generate_series(1, 400000) AS g(i)`;
  const { rows } = await ofQuery(query, {
    memory: "160MB",
    sql: "SELECT count(*)::VARCHAR AS n, sum(id)::VARCHAR AS s, sum(length(t7))::VARCHAR AS t FROM memory.main.loaded",
  });
  expect(rows).toEqual([{ n: "400000", s: "80000200000", t: "12800000" }]);
});

describe("a day", () => {
  const zone = "Europe/Berlin";
  const of = (name: string, kind: DateColumn["kind"]): DateColumn => ({ name, kind, timezone: zone });

  beforeAll(async () => {
    // Around the days of 23 and of 25 hours, to the microsecond.
    await postgres.run(`
      CREATE TABLE moments AS
      SELECT row_number() OVER () AS id, ts, ts AT TIME ZONE '${zone}' AS wall, (ts AT TIME ZONE '${zone}')::date AS day,
             ((ts AT TIME ZONE '${zone}')::date)::text || ' and more' AS said
      FROM (
        SELECT generate_series(timestamptz '2026-03-27 00:00+01', '2026-03-31 00:00+02', '15 minutes') AS ts
        UNION ALL SELECT generate_series(timestamptz '2026-10-23 00:00+02', '2026-10-27 00:00+01', '15 minutes')
        UNION ALL SELECT t - interval '1 microsecond' FROM (VALUES (timestamptz '2026-03-29 00:00+01'), ('2026-03-30 00:00+02'),
          ('2026-10-25 00:00+02'), ('2026-10-26 00:00+01')) AS v(t)
        UNION ALL SELECT NULL) s;
      CREATE INDEX ON moments (ts)`);
  });

  test.each([of("ts", "timestamptz"), of("wall", "timestamp"), of("day", "date"), of("said", "text")])(
    "by a $kind has its rows alone, also when the clocks change",
    async (day) => {
      for (const date of ["2026-03-28", "2026-03-29", "2026-03-30", "2026-10-24", "2026-10-25", "2026-10-26"]) {
        const { rows } = await ofTable("moments", { day, date, columns: ["id"] });
        const expected = await rowsOf(`SELECT id::text FROM moments WHERE day = '${date}'`);
        expect(
          rows.map(({ id }) => Number(id)).sort((a, b) => a - b),
          date,
        ).toEqual(expected.map(({ id }) => Number(id)).sort((a, b) => a - b));
        expect(rows.length, date).toBe(
          96 + (date === "2026-03-29" ? -4 : date === "2026-10-25" ? 4 : 0) + (/-29|-24|-25|-28/.test(date) ? 1 : 0),
        );
      }
    },
  );

  test.each([of("ts", "timestamptz"), of("wall", "timestamp"), of("day", "date"), of("said", "text")])(
    "by a $kind, the newest up to today is found",
    async (day) => {
      for (const date of ["2026-10-25", "2026-03-29", "2026-05-05", "2027-01-01"]) {
        const { newest } = await ofTable("moments", { day, date, columns: ["id"] });
        const newestThere = await postgres.run(`SELECT max(day) FROM moments WHERE day <= '${date}'`);
        expect(newest, date).toEqual({ date: newestThere });
      }
    },
  );

  test("begins with the first midnight where that comes twice", async () => {
    const timezone = "Atlantic/Azores";
    await postgres.run(`CREATE TABLE azores AS SELECT generate_series(timestamptz '2026-10-24 00:00+00', '2026-10-26 12:00+00', '30 minutes') AS ts;
      GRANT SELECT ON azores TO reader`);
    const { rows } = await ofTable("azores", {
      day: { name: "ts", kind: "timestamptz", timezone },
      date: "2026-10-25",
    });
    const [expected] = await rowsOf(
      `SELECT count(*)::text AS n FROM azores WHERE (ts AT TIME ZONE '${timezone}')::date = '2026-10-25'`,
    );
    expect(expected?.n).toBe("50");
    expect(rows).toHaveLength(50);
  });

  test("the excluded columns and the other days' rows never leave the server", async () => {
    await postgres.run(
      "CREATE ROLE narrow LOGIN PASSWORD 'secret'; GRANT SELECT (id, day) ON moments TO narrow; REVOKE SELECT ON moments FROM narrow; GRANT SELECT (id, day) ON moments TO narrow",
    );
    await postgres.run("ALTER SYSTEM SET log_statement = 'all'; SELECT pg_reload_conf()");
    const { rows } = await ofTable("moments", { day: of("day", "date"), date: "2026-10-25", columns: ["id"] });
    await postgres.run("ALTER SYSTEM RESET log_statement; SELECT pg_reload_conf()");
    expect(Object.keys(rows[0] ?? {})).toEqual(["id"]);
    const copies = (await postgres.log())
      .split("\n")
      .filter((line) => /\bCOPY\b/.test(line) && line.includes("2026-10-25"));
    expect(copies.length).toBeGreaterThan(0);
    expect(copies.join("\n")).not.toMatch(/\bsaid\b|\bwall\b|\*/);
  });
});

test("views, partitions, inherited, generated and foreign tables give what SELECT gives", async () => {
  await postgres.run(`
    CREATE TABLE base AS SELECT i AS id, i % 3 AS g FROM generate_series(1, 100) AS s(i);
    CREATE VIEW a_view AS SELECT * FROM base WHERE g = 1;
    CREATE MATERIALIZED VIEW a_matview AS SELECT * FROM base WHERE g = 2;
    CREATE TABLE parted (id integer, g integer) PARTITION BY LIST (g);
    CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0); CREATE TABLE parted_r PARTITION OF parted DEFAULT;
    INSERT INTO parted SELECT * FROM base;
    CREATE TABLE parent (id integer, g integer); CREATE TABLE child (more text) INHERITS (parent);
    INSERT INTO parent SELECT * FROM base; INSERT INTO child SELECT id + 1000, g, 'x' FROM base;
    CREATE TABLE made (id integer, g integer GENERATED ALWAYS AS (id * 2) STORED); INSERT INTO made SELECT id FROM base;
    CREATE EXTENSION postgres_fdw; CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '${postgres.port}', dbname 'postgres');
    CREATE USER MAPPING FOR reader SERVER loop OPTIONS (user 'reader', password 'secret');
    CREATE FOREIGN TABLE abroad (id integer, g integer) SERVER loop OPTIONS (table_name 'base');
    CREATE SCHEMA "Odd schema"; CREATE TABLE "Odd schema"."a ""table"".x" AS SELECT id, g AS "Select, ""from""" FROM base;
    GRANT USAGE ON SCHEMA "Odd schema" TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA "Odd schema" TO reader`);
  for (const [table, count] of Object.entries({
    a_view: 34,
    a_matview: 33,
    parted: 100,
    parent: 200,
    made: 100,
    "public.base": 100,
  }))
    expect((await ofTable(table)).rows, table).toHaveLength(count);
  // Only its owner has a foreign server's password; the superuser made this one.
  expect((await ofTable("abroad")).rows).toHaveLength(100);
  const odd = await ofTable('Odd schema.a "table".x');
  expect(odd.rows).toHaveLength(100);
  expect(Object.keys(odd.types)).toEqual(["id", 'Select, "from"']);
});

test("WITH, VALUES, TABLE, a comment at the end and a semicolon are queries as well", async () => {
  await postgres.run("CREATE TABLE one AS SELECT 1 AS id");
  for (const query of [
    "WITH w AS (SELECT 1 AS id) SELECT * FROM w;",
    "VALUES (1)",
    "TABLE one",
    "SELECT 1 AS id -- the end",
    "SELECT 1 AS id /* ; */ ; ",
    "SELECT ';' AS id",
  ])
    expect((await ofQuery(query)).rows, query).toHaveLength(1);
});

test("{date} is a day for columns of dates, of times and of texts", async () => {
  for (const type of ["date", "timestamp", "timestamptz", "text"]) {
    const query = `SELECT 1 AS id FROM (SELECT '2026-11-23'::${type} AS d) s WHERE d = {date}`;
    expect((await ofQuery(query)).rows, type).toHaveLength(1);
  }
});

test("what a load in between changes is not seen: ready and rows are of one moment", async () => {
  await postgres.run("CREATE TABLE day AS SELECT i AS id FROM generate_series(1, 50) AS s(i)");
  const { rows } = await readSource({
    env,
    source: { url: postgres.url("reader"), table: "day", ready: "SELECT count(*) = 50 FROM day" },
    before: () =>
      postgres.run("BEGIN; DELETE FROM day; INSERT INTO day SELECT i FROM generate_series(1001, 1010) AS s(i); COMMIT"),
  });
  expect(rows).toHaveLength(50);
  expect(rows.every(({ id }) => Number(id) <= 50)).toBe(true);
});

test("where a day has no rows, the newest date is one of the same moment, whatever the session's settings are", async () => {
  await postgres.run(`CREATE TABLE late AS SELECT 1 AS id, date '2026-11-22' AS day; GRANT SELECT ON late TO reader;
    ALTER ROLE reader SET DateStyle = 'German'`);
  const day: DateColumn = { name: "day", kind: "date", timezone: "UTC" };
  const date = "2026-11-23";
  await using db = await openDatabase();
  const source = openSource({ url: postgres.url("reader"), table: "late" }, "/nonexistent", readEnvironment(env, "/"));
  await using session = await source.open(db, { date, today: date, text: [] });
  expect(await session.load("memory.main.loaded", { columns: ["id"], day: { column: day, date } })).toBe(0);
  await postgres.run("INSERT INTO late VALUES (2, '2026-11-23'); ALTER ROLE reader RESET DateStyle");
  expect(await session.newestDate(day, date)).toEqual({ date: "2026-11-22" });
});

test("columns can't be changed between the description and the rows", async () => {
  await postgres.run("CREATE TABLE changing AS SELECT i AS id, i AS a FROM generate_series(1, 5) AS s(i)");
  const { rows } = await ofTable("changing", {
    before: () =>
      expect(postgres.run("SET lock_timeout = '300ms'; ALTER TABLE changing RENAME a TO b")).rejects.toThrow(
        "lock timeout",
      ),
  });
  expect(rows).toHaveLength(5);
  expect(Object.keys(rows[0] ?? {})).toEqual(["id", "a"]);
});
