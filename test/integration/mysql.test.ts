import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect } from "vitest";
import * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { ChurnError } from "../../src/lib/errors.ts";
import { temporaryPlace } from "../../src/lib/files/temporary.ts";
import { mysqlServer, openMysql } from "../../src/lib/source/mysql/mysql.ts";
import { openSource } from "../../src/lib/source/open.ts";
import type { ServerSettings } from "../../src/lib/source/server/settings.ts";
import { serverSource } from "../../src/lib/source/server/source.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import type { DateColumn, Source, SourceRequest } from "../../src/lib/source/source.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { makeCertificates } from "../support/certificates.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { test } from "../support/folder.ts";
import { type Mariadb, startMariadb } from "./support/mariadb.ts";

const DATE = "2026-11-23";
let server: Mariadb;

beforeAll(async () => {
  server = await startMariadb(["--max-allowed-packet=64M"]);
  await server.run("CREATE TABLE shop.customers (id INT); CREATE TABLE shop.written (id INT)");
  await server.run(`SET time_zone = '+00:00'; SET sql_mode = '';
      CREATE TABLE shop.dated (id INT, d DATE, dt DATETIME, ts TIMESTAMP NULL, t VARCHAR(30), l VARCHAR(30) CHARACTER SET utf16) CHARACTER SET utf8mb4;
      INSERT INTO shop.dated VALUES (1, '2026-11-22', '2026-11-22 23:59:59', '2026-11-22 22:59:59', ' 2026-11-22T10:00', '2026-11-22'),
       (2, '2026-11-23', '2026-11-23', '2026-11-22 23:00:00', '2026-11-23', '2026-11-23 x'),
       (3, '2026-11-23', '2026-11-23 23:59:59', '2026-11-23 22:59:59', '2026-11-23 y', ' 2026-11-23'),
       (4, '2026-11-24', '2026-11-24', '2026-11-23 23:00:00', '2026-11-24', '2026-11-24'),
       (5, '0000-00-00', NULL, NULL, '\uff12\uff10\uff12\uff16-11-23', 'soon')`);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function settingsOf(asked: Partial<ServerSettings> = {}, environment: Record<string, string> = {}): ServerSettings {
  return { url: server.url("churn"), root: "/", environment: readEnvironment(environment, "/proc/none"), ...asked };
}

function sourceOf(asked: Partial<ServerSettings> = {}, environment: Record<string, string> = {}): Source {
  return serverSource(mysqlServer(settingsOf(asked, environment)), []);
}

interface Reading {
  readonly request?: Partial<SourceRequest>;
  readonly columns?: readonly string[];
  readonly day?: { readonly column: DateColumn; readonly date: string };
}

/** What arrives in DuckDB, each value as text. */
async function read(source: Source, { request, columns, day }: Reading = {}) {
  await using db = await openDatabase();
  await using session = await source.open(db, { date: DATE, today: DATE, text: [], ...request });
  const names = columns ?? session.columns.map(({ name }) => name);
  const count = await session.load("memory.main.loaded", { columns: names, day });
  const rows = await db.rows(
    "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM memory.main.loaded ORDER BY ALL",
    z.record(z.string(), z.string().nullable()),
  );
  expect(rows).toHaveLength(count);
  return { columns: session.columns.map(({ name, type }) => `${name} ${type}`), rows };
}

async function said(work: () => Promise<unknown>) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return { code: error.exitCode, says: error.message, next: error.hint };
  }
  throw new Error("nothing was said");
}

/** Files of customers that are left where the loader keeps them. */
async function leftFiles() {
  return (await readdir(temporaryPlace() ?? "/tmp")).filter((name) =>
    name.startsWith(`.churn-source-rows.${process.pid}-`),
  );
}

const lostAt = (port: number) =>
  new RegExp(`^the connection to 127\\.0\\.0\\.1:${port} was lost .*: nothing was kept$`);

/** Queries of the user churn that run now, without the connections that wait. */
async function running(user = "churn") {
  const text = await server.run(
    `SELECT ID, INFO FROM information_schema.PROCESSLIST WHERE USER = '${user}' AND COMMAND = 'Query'`,
  );
  return text === "" ? [] : text.split("\n").map((line) => line.split("\t"));
}

async function until<T>(seconds: number, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < seconds * 20; tries += 1) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await sleep(50);
  }
  throw new Error(`not within ${seconds} s`);
}

describe("values", () => {
  test("every type arrives exactly, at its edges", async () => {
    await server.run(`CREATE TABLE shop.types (
      id INT PRIMARY KEY, flag TINYINT(1), t1 TINYINT, t1u TINYINT UNSIGNED, t2 SMALLINT, t2u SMALLINT UNSIGNED,
      t3 MEDIUMINT, t3u MEDIUMINT UNSIGNED, t4 INT, t4u INT UNSIGNED, t8 BIGINT, t8u BIGINT UNSIGNED, zf INT(10) ZEROFILL,
      d2 DECIMAL(10,2), d0 DECIMAL(38,0), du DECIMAL(38,10) UNSIGNED, d65 DECIMAL(65,30), f4 FLOAT, f8 DOUBLE, y YEAR,
      d DATE, dt DATETIME(6), ts TIMESTAMP(6) NULL, ti TIME(3), b1 BIT(1), b5 BIT(5), b64 BIT(64),
      c CHAR(5), vc VARCHAR(20), l1 VARCHAR(20) CHARACTER SET latin1, u16 VARCHAR(20) CHARACTER SET utf16, e ENUM('a','b'), s SET('x','y'),
      bi BINARY(3), bl BLOB, j JSON, uu UUID, ip INET6, pt POINT) CHARACTER SET utf8mb4;
      SET time_zone = '+00:00';
      INSERT INTO shop.types VALUES
      (1, 2, -128, 255, -32768, 65535, -8388608, 16777215, -2147483648, 4294967295, -9223372036854775808, 18446744073709551615, 7,
       -99999999.99, 99999999999999999999999999999999999999, 0.0000000001, 12345678901234567890123456789012345.000000000000000000000000000001,
       16777217.3, 2.2250738585072014e-308, 2155, '9999-12-31', '1000-01-01 00:00:00.000001', '2026-11-22 23:30:00.123456', '-838:59:59.000', b'1', b'10101',
       0xFFFFFFFFFFFFFFFF, 'ab  ', 'Gr\u00fc\u00dfe \u{1f600}', 'caf\u00e9', 'na\u00efve', 'b', 'x,y', 'a', 0x00FF22, '{"a": 1.0}',
       '6CCD780C-BABA-1026-9564-5B8C656024DB', '2001:db8::1', POINT(1, 2)),
      (2, -1, 127, 0, 32767, 0, 8388607, 0, 2147483647, 0, 9223372036854775807, 0, 4294967295,
       0.01, -1, 0, -0.5, 0.1, -1.7976931348623157e308, 1901, '0001-01-01', '9999-12-31 23:59:59.999999', '1970-01-01 00:00:01', '838:59:59', b'0', b'0',
       b'0', '', '', '', '', 'a', '', '', '', '[]', '00000000-0000-0000-0000-000000000000', '::', NULL),
      (3${", NULL".repeat(38)})`);
    const { columns, rows } = await read(sourceOf({ table: "types" }));
    expect(columns).toEqual([
      ...["id INTEGER", "flag TINYINT", "t1 TINYINT", "t1u UTINYINT", "t2 SMALLINT", "t2u USMALLINT", "t3 INTEGER"],
      ...["t3u UINTEGER", "t4 INTEGER", "t4u UINTEGER", "t8 BIGINT", "t8u UBIGINT", "zf UINTEGER", "d2 DECIMAL(10,2)"],
      ...["d0 DECIMAL(38,0)", "du DECIMAL(38,10)", "d65 DOUBLE", "f4 FLOAT", "f8 DOUBLE", "y USMALLINT", "d DATE"],
      ...["dt TIMESTAMP", "ts TIMESTAMP WITH TIME ZONE", "ti time", "b1 BOOLEAN", "b5 UBIGINT", "b64 UBIGINT"],
      ...[
        "c VARCHAR",
        "vc VARCHAR",
        "l1 VARCHAR",
        "u16 VARCHAR",
        "e VARCHAR",
        "s VARCHAR",
        "bi blob",
        "bl blob",
        "j json",
      ],
      ...["uu UUID", "ip inet6", "pt point"],
    ]);
    expect(rows[0]).toMatchObject({
      ...{ flag: "2", t1: "-128", t1u: "255", t2: "-32768", t2u: "65535", t3: "-8388608", t3u: "16777215" },
      ...{ t4: "-2147483648", t4u: "4294967295", t8: "-9223372036854775808", t8u: "18446744073709551615", zf: "7" },
      ...{ d2: "-99999999.99", d0: "99999999999999999999999999999999999999", du: "0.0000000001", f4: "16777218.0" },
      ...{ d65: "1.234567890123457e+34", f8: "2.2250738585072014e-308", y: "2155", d: "9999-12-31" },
      ...{ dt: "1000-01-01 00:00:00.000001", ts: "2026-11-22 23:30:00.123456+00", ti: "-838:59:59.000", b1: "true" },
      ...{ b5: "21", b64: "18446744073709551615", c: "ab", vc: "Grüße 😀", l1: "café", u16: "naïve", e: "b", s: "x,y" },
      ...{ bi: "610000", bl: "00FF22", j: '{"a": 1.0}', uu: "6ccd780c-baba-1026-9564-5b8c656024db", ip: "2001:db8::1" },
    });
    expect(rows[0]?.pt).toMatch(/^0{8}0101/);
    expect(rows[1]).toMatchObject({
      ...{
        flag: "-1",
        t8: "9223372036854775807",
        t8u: "0",
        zf: "4294967295",
        f4: "0.1",
        f8: "-1.7976931348623157e+308",
      },
      ...{ d: "0001-01-01", dt: "9999-12-31 23:59:59.999999", ts: "1970-01-01 00:00:01+00", b1: "false", b64: "0" },
      ...{ c: "", vc: "", e: "a", s: "", bl: "", pt: null },
    });
    expect(new Set(Object.values(rows[2] ?? {}))).toEqual(new Set(["3", null]));
    // As text all of its 65 digits are there.
    const text = await read(sourceOf({ table: "types" }), { request: { text: ["d65"] }, columns: ["d65", "id"] });
    expect(text.rows[1]?.d65).toBe("12345678901234567890123456789012345.000000000000000000000000000001");
    expect(text.columns).toContain("d65 VARCHAR");
  });

  test("empty text, NULL, the text NULL, \\N, line breaks and quotes differ, wherever they stand", async () => {
    const values = ["", null, "NULL", "\\N", "a\nb", "\r", "\r\n", '"', 'x","y', ",", "\\", "'", " ", "12,\n13,text"];
    const literal = (value: string | null) => (value === null ? "NULL" : `X'${Buffer.from(value).toString("hex")}'`);
    await server.run(`CREATE TABLE shop.odd (a TEXT, b TEXT, c TEXT, id INT) CHARACTER SET utf8mb4;
      INSERT INTO shop.odd VALUES ${values.map((value, index) => `(${literal(value)}, ${literal(value)}, ${literal(value)}, ${index})`).join(", ")}`);
    for (const columns of [["a", "b", "c"], ["a", "id", "c"], ["a"]]) {
      const { rows } = await read(sourceOf({ table: "odd" }), { columns });
      const sorted = (all: readonly (string | null)[]) => all.map((value) => JSON.stringify(value)).sort();
      for (const name of columns.filter((column) => column !== "id")) {
        expect(sorted(rows.map((row) => row[name] ?? null))).toEqual(sorted(values));
      }
    }
  });

  test("values of megabytes arrive, letter by letter", async () => {
    await server.run(`CREATE TABLE shop.large (id INT, t LONGTEXT) CHARACTER SET utf8mb4;
      SET SESSION max_session_mem_used = 9223372036854775807;
      INSERT INTO shop.large VALUES (1, REPEAT('a"\u00e9,\n', 600000)), (2, REPEAT('\u00e9', 10000000)), (3, 'x')`);
    await using db = await openDatabase();
    await using session = await sourceOf({ table: "large" }).open(db, { date: DATE, text: [] });
    await session.load("memory.main.loaded", { columns: ["id", "t"], day: undefined });
    const found = await db.rows(
      "SELECT id, md5(t) AS sum FROM memory.main.loaded ORDER BY id",
      z.object({ id: z.int(), sum: z.string() }),
    );
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    expect(found.map(({ sum }) => sum)).toEqual([md5('a"é,\n'.repeat(600000)), md5("é".repeat(10000000)), md5("x")]);
  });

  test("0000-00-00 is told, and NULLIF is a way out", async () => {
    await server.run(`SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE shop.zero (id INT, left_on DATE, at DATETIME, n DATE);
      INSERT INTO shop.zero VALUES (1, '2026-11-23', '2026-11-23 10:00:00', NULL), (2, '0000-00-00', '2026-11-23', '2026-02-30')`);
    expect(await said(() => read(sourceOf({ table: "zero" })))).toEqual({
      code: 2,
      says: `table zero in mysql://127.0.0.1:${server.port}/shop: left_on has the date 0000-00-00, which is none`,
      next: "NULLIF(left_on, '0000-00-00') in source.query makes NULL of it; dataset.exclude leaves the column in the source",
    });
    const query = "SELECT id, NULLIF(left_on, '0000-00-00') AS left_on FROM zero";
    expect((await read(sourceOf({ query }))).rows).toEqual([
      { id: "1", left_on: "2026-11-23" },
      { id: "2", left_on: null },
    ]);
    const impossible = await said(() => read(sourceOf({ table: "zero" }), { columns: ["id", "n"] }));
    expect(impossible).toMatchObject({ code: 2, says: expect.stringContaining("can't be read") });
    expect(impossible.says).not.toContain("2026-02-30");
    expect(await leftFiles()).toEqual([]);
  });

  test("what a server is set to changes no value and cuts no row", async () => {
    const set = `SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,PAD_CHAR_TO_FULL_LENGTH';
      SET GLOBAL sql_select_limit = 2; SET GLOBAL time_zone = '+05:30'; SET GLOBAL character_set_server = latin1;
      SET GLOBAL tx_isolation = 'READ-COMMITTED'; SET GLOBAL init_connect = 'SET NAMES latin1'`;
    await server.run(`CREATE TABLE shop.set_up (id INT, c CHAR(5), \`odd \`\` "name\` VARCHAR(9), ts TIMESTAMP) CHARACTER SET utf8mb4;
      SET time_zone = '+00:00';
      INSERT INTO shop.set_up VALUES (1, 'a', 'it''s \\\\ \u00e9', '2026-11-23 00:00:00'), (2, 'b', '"', '2026-11-23 00:00:00'), (3, 'c', '', '2026-11-23 00:00:00')`);
    const plain = await read(sourceOf({ table: "set_up" }));
    expect(plain.rows).toHaveLength(3);
    expect(plain.rows[0]).toEqual({ id: "1", c: "a", 'odd ` "name': "it's \\ é", ts: "2026-11-23 00:00:00+00" });
    await server.run(set);
    try {
      expect(await read(sourceOf({ table: "set_up" }))).toEqual(plain);
      // The user's own SQL is read as the server reads it.
      const { rows } = await read(sourceOf({ query: 'SELECT "id" AS id, c || c AS cc FROM set_up WHERE "id" = 2' }));
      expect(rows).toEqual([{ id: "2", cc: "bb" }]);
      await using db = await openDatabase();
      await using session = await sourceOf({ table: "set_up" }).open(db, { date: DATE, text: [] });
      await server.run("DELETE FROM shop.set_up WHERE id = 3");
      expect(await session.load("memory.main.loaded", { columns: ["id"], day: undefined })).toBe(3);
    } finally {
      await server.run(`SET GLOBAL sql_mode = DEFAULT; SET GLOBAL sql_select_limit = DEFAULT; SET GLOBAL time_zone = 'SYSTEM';
        SET GLOBAL character_set_server = DEFAULT; SET GLOBAL tx_isolation = 'REPEATABLE-READ'; SET GLOBAL init_connect = ''`);
    }
  });
});

describe("days", () => {
  test("a midnight belongs to its own day when the clocks change, and no row is lost or there twice", async () => {
    const moments = ["2026-03-27T12:00:00Z", "2026-10-23T12:00:00Z"].flatMap((start) =>
      Array.from({ length: 4 * 48 }, (_, index) => new Date(Date.parse(start) + index * 1_800_000).toISOString()),
    );
    const rows = moments.map((moment, id) => `(${id}, '${moment.slice(0, 19).replace("T", " ")}')`);
    await server.run(
      `SET time_zone = '+00:00'; CREATE TABLE shop.moments (id INT, ts TIMESTAMP NULL); INSERT INTO shop.moments VALUES ${rows.join(", ")}`,
    );
    const dayIn = (zone: string, moment: string) =>
      new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(new Date(moment));
    for (const timezone of ["Europe/Berlin", "UTC", "Asia/Beirut", "America/New_York"]) {
      const column: DateColumn = { name: "ts", kind: "timestamptz", timezone };
      const days = [...new Set(moments.map((moment) => dayIn(timezone, moment)))];
      for (const date of days) {
        const expected = moments.flatMap((moment, id) => (dayIn(timezone, moment) === date ? [String(id)] : []));
        const found = await read(sourceOf({ table: "moments" }), { columns: ["id"], day: { column, date } });
        expect(found.rows.map(({ id }) => id).sort()).toEqual(expected.sort());
      }
    }
  });

  test("the newest date is found in columns of every kind, and the day's rows alone are read", async () => {
    const kinds: DateColumn[] = [
      { name: "d", kind: "date", timezone: "Europe/Berlin" },
      { name: "dt", kind: "timestamp", timezone: "Europe/Berlin" },
      { name: "ts", kind: "timestamptz", timezone: "Europe/Berlin" },
      { name: "t", kind: "text", timezone: "Europe/Berlin" },
      { name: "l", kind: "text", timezone: "Europe/Berlin" },
    ];
    await using db = await openDatabase();
    await using session = await sourceOf({ table: "dated" }).open(db, { date: DATE, text: [] });
    for (const column of kinds) {
      expect(await session.newestDate(column, DATE)).toEqual({ date: DATE });
      expect(await session.newestDate(column, "2026-11-24")).toEqual({ date: "2026-11-24" });
      expect(await session.newestDate(column, "2026-11-22")).toEqual({ date: "2026-11-22" });
      const { rows } = await read(sourceOf({ table: "dated" }), { columns: ["id"], day: { column, date: DATE } });
      expect(rows).toEqual([{ id: "2" }, { id: "3" }]);
      const query = "SELECT * FROM dated -- all of them";
      const found = await read(sourceOf({ query }), { columns: ["id"], day: { column, date: DATE } });
      expect(found.rows).toEqual(rows);
    }
    expect(await session.newestDate({ name: "t", kind: "text", timezone: "UTC" }, "2020-01-01")).toEqual({
      ...{ date: undefined, rows: 5, example: " 2026-11-22T10:00" },
    });
    expect(await session.newestDate({ name: "d", kind: "date", timezone: "UTC" }, "2020-01-01")).toEqual({
      ...{ date: undefined, rows: 5, example: "0000-00-00" },
    });
  });

  test("where a day has no rows, the newest date is one of the same moment", async () => {
    await server.run("CREATE TABLE shop.late (id INT, day DATE); INSERT INTO shop.late VALUES (1, '2026-11-22')");
    const day: DateColumn = { name: "day", kind: "date", timezone: "UTC" };
    const date = "2026-11-23";
    await using db = await openDatabase();
    await using session = await sourceOf({ table: "late" }).open(db, { date, today: date, text: [] });
    expect(await session.load("memory.main.loaded", { columns: ["id"], day: { column: day, date } })).toBe(0);
    await server.run("INSERT INTO shop.late VALUES (2, '2026-11-23')");
    expect(await session.newestDate(day, date)).toEqual({ date: "2026-11-22" });
  });

  test("{date} is a value of the query, and the server sees no other", async () => {
    const query = "SELECT id, d FROM dated WHERE d BETWEEN {date} - INTERVAL 1 DAY AND {date}; ";
    expect((await read(sourceOf({ query }))).rows.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect(sourceOf({ query }).choosesDate).toBe(true);
    expect(await said(() => read(sourceOf({ query: "SELECT * FROM dated WHERE d > {date} - 7" })))).toEqual({
      code: 2,
      says: "source.query: MySQL makes a number of {date} where something is added or taken away",
      next: "write {date} - INTERVAL 7 DAY",
    });
  });

  test("the size of a table is known, that of a query or of a day isn't", async () => {
    const estimated = async (asked: Partial<ServerSettings>, columns: readonly string[], date?: string) => {
      await using begun = await mysqlServer(settingsOf(asked)).begin({ date: DATE, text: [] });
      const column: DateColumn = { name: "d", kind: "date", timezone: "UTC" };
      return await begun.estimate({ columns, day: date === undefined ? undefined : { column, date } });
    };
    const all = ["id", "d", "dt", "ts", "t", "l"];
    expect(await estimated({ table: "dated" }, all)).toBeGreaterThan(1000);
    expect(await estimated({ table: "dated" }, ["id"])).toBeUndefined();
    expect(await estimated({ table: "dated" }, all, DATE)).toBeUndefined();
    expect(await estimated({ query: "SELECT * FROM dated" }, all)).toBeUndefined();
  });

  test("excluded columns and other days' rows stay on the server", async () => {
    await server.run("SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1");
    const column: DateColumn = { name: "d", kind: "date", timezone: "UTC" };
    await read(sourceOf({ table: "dated" }), { columns: ["id", "dt"], day: { column, date: DATE } });
    await server.run("SET GLOBAL general_log = 0");
    const log = await server.run(
      "SELECT argument FROM mysql.general_log WHERE user_host LIKE '%churn%' AND argument LIKE 'SELECT%' AND argument NOT LIKE '%information_schema%'",
    );
    expect(log.split("\n")).toEqual([
      "SELECT @@version, @@sql_mode",
      "SELECT * FROM `dated` LIMIT 0",
      "SELECT `id`, `dt` FROM `dated` WHERE `d` = '2026-11-23'",
    ]);
  });

  test("a superuser's connection is warned of, and nobody else's", async () => {
    await server.run("GRANT ALL ON *.* TO almighty IDENTIFIED BY ''");
    const warned = async (user: string) => {
      const url = server.url(user);
      await using db = await openDatabase();
      const source = openSource({ url, table: "dated" }, "/", readEnvironment({}, "/"));
      await using session = await source.open(db, { date: "2026-11-23", text: [] });
      return session.warnings;
    };
    expect(await warned("almighty")).toEqual([expect.stringMatching(/^almighty is a superuser of the database; /)]);
    expect(await warned("churn")).toEqual([]);
  });

  test("source.ready says no, yes, or what is wrong with it, before a row is read", async () => {
    await server.run("CREATE TABLE shop.loads (day DATE, done INT); INSERT INTO shop.loads VALUES ('2026-11-22', 1)");
    const ready = "SELECT done FROM loads WHERE day = {date}";
    const source = () => sourceOf({ table: "dated", ready });
    expect(await said(() => read(source()))).toMatchObject({
      code: 75,
      says: `the customers of today, 2026-11-23, aren't complete in mysql://127.0.0.1:${server.port}/shop: source.ready says no`,
    });
    expect(await said(() => read(source(), { request: { today: "2026-11-24" } }))).toMatchObject({ code: 2 });
    expect((await read(source(), { columns: ["id"], request: { date: "2026-11-22" } })).rows).toHaveLength(5);
    expect(await said(() => read(sourceOf({ table: "dated", ready: "SELECT nope FROM loads" })))).toMatchObject({
      code: 2,
      says: `source.ready of mysql://127.0.0.1:${server.port}/shop: Unknown column 'nope' in 'SELECT'`,
    });
  });
});

/** More rows than can be read within a test; each with a text, so that the network is busy. */
const ENDLESS = "SELECT seq AS id, REPEAT('x', 100) AS t FROM seq_1_to_2000000000";

describe("what goes wrong", () => {
  test("a query that writes, or is none, is refused, and nothing is written", async () => {
    await server.run(
      `GRANT ALL ON shop.* TO writer IDENTIFIED BY '';
      CREATE FUNCTION shop.writes() RETURNS INT BEGIN INSERT INTO shop.written VALUES (1); RETURN 1; END`.replace(
        /BEGIN (.*?); (.*?); END/,
        "DETERMINISTIC MODIFIES SQL DATA RETURN 1",
      ),
    );
    const url = server.url("writer");
    const cases: [query: string, says: string | RegExp][] = [
      ["INSERT INTO written VALUES (1)", "source.query is a statement of the kind INSERT"],
      ["/* x */ delete from written", "source.query is a statement of the kind DELETE"],
      ["  -- nothing\n ", "source.query is empty"],
      ["SELECT id FROM written FOR UPDATE", "source.query writes, and only reading is allowed"],
      [
        "SELECT 1 AS id; DELETE FROM written",
        /^source\.query of .*: a mistake of grammar near '; DELETE FROM written' at line 1$/,
      ],
      ["SELECT 1 AS a, 2 AS a", /: Duplicate column name 'a'$/],
      [
        "SELECT 1 AS a INTO OUTFILE '/tmp/churn-outfile'",
        /a mistake of grammar near 'INTO OUTFILE '\/tmp\/churn-outfile'' at line 1$/,
      ],
      [
        "SELECT 1) AS x; COMMIT; INSERT INTO written VALUES (1); SELECT * FROM (SELECT 1",
        /a mistake of grammar near 'COMMIT; INSERT/,
      ],
      ["SELECT id FROM written WHERE d = '{date}'", "source.query: {date} stands in quotes"],
      ["SELECT nope FROM written", /: Unknown column 'nope' in 'SELECT'$/],
      ["SELECT id FROM nope", /: Table 'shop.nope' doesn't exist$/],
    ];
    for (const [query, says] of cases) {
      expect(await said(() => read(sourceOf({ url, query })))).toMatchObject({
        code: 2,
        says: typeof says === "string" ? says : expect.stringMatching(says),
      });
    }
    expect(await server.run("SELECT COUNT(*) FROM shop.written")).toBe("0");
  });

  test("a table is found by its name, or what was meant is said", async () => {
    await server.run(`CREATE DATABASE other; CREATE TABLE other.customers (id INT); INSERT INTO other.customers VALUES (7);
      CREATE TABLE shop.\`a.b\` (id INT); INSERT INTO shop.\`a.b\` VALUES (8);
      CREATE VIEW shop.seen AS SELECT id + 1 AS id FROM shop.\`a.b\`; GRANT SELECT ON other.* TO churn`);
    expect((await read(sourceOf({ table: "other.customers" }))).rows).toEqual([{ id: "7" }]);
    expect((await read(sourceOf({ table: "`other`.`customers`" }))).rows).toEqual([{ id: "7" }]);
    expect((await read(sourceOf({ table: "`a.b`" }))).rows).toEqual([{ id: "8" }]);
    expect((await read(sourceOf({ table: "seen" }))).rows).toEqual([{ id: "9" }]);
    const place = `mysql://127.0.0.1:${server.port}/shop`;
    for (const [table, asked, meant] of [
      ["Customers", "Customers", "did you mean customers?"],
      ["custmers", "custmers", "did you mean customers?"],
      ["other.custmers", "other.custmers", "did you mean other.customers?"],
      ["othr.customers", "othr.customers", "did you mean other.customers?"],
    ]) {
      expect(await said(() => read(sourceOf({ table })))).toEqual({
        code: 2,
        says: `${place} has no table ${asked}, or none that this user may see`,
        next: `source.table: ${meant}`,
      });
    }
    await server.run(
      "CREATE TABLE other.dropped (id INT); CREATE VIEW shop.broken AS SELECT * FROM other.dropped; DROP TABLE other.dropped",
    );
    expect(await said(() => read(sourceOf({ table: "broken" })))).toMatchObject({
      code: 2,
      says: expect.stringMatching(/^table broken of .*: View 'shop.broken' references invalid/),
    });
  });

  test("who may not log in, or not read, is told so, and passwords are shown to nobody", async () => {
    const password = " p@:/?#[]%\"'\\`$&é😀%41~";
    await server.run(`CREATE USER odd IDENTIFIED BY '${password.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}';
      GRANT SELECT ON shop.customers TO odd; CREATE USER stranger; CREATE USER crowded WITH MAX_USER_CONNECTIONS 1; GRANT SELECT ON shop.* TO crowded;
      CREATE USER old PASSWORD EXPIRE; GRANT SELECT ON shop.* TO old`);
    const url = server.url("odd");
    const place = `mysql://127.0.0.1:${server.port}/shop`;
    expect((await read(sourceOf({ url, table: "customers" }, { MYSQL_PWD: password }))).rows).toEqual([]);
    const inAddress = `mysql://odd:${encodeURIComponent(password)}@127.0.0.1:${server.port}/shop`;
    expect((await read(sourceOf({ url, table: "customers" }, { CHURN_SOURCE_URL: inAddress }))).rows).toEqual([]);
    const bySocket = `mysql://odd@localhost/shop?socket=${encodeURIComponent(server.socket)}`;
    expect((await read(sourceOf({ url: bySocket, table: "customers" }, { MYSQL_PWD: password }))).rows).toEqual([]);
    const hint = "MYSQL_PWD in the environment or in the workspace's .env (mode 0600)";
    expect(await said(() => read(sourceOf({ url, table: "customers" }, { MYSQL_PWD: `${password}x` })))).toEqual({
      ...{ code: 2, says: `${place} refuses odd: the password is wrong, or there is no such user`, next: hint },
    });
    expect(await said(() => read(sourceOf({ url, table: "customers" })))).toEqual({
      ...{ code: 2, says: `${place} refuses odd without a password`, next: hint },
    });
    expect(await said(() => read(sourceOf({ url: server.url("nobody"), table: "customers" })))).toMatchObject({
      code: 2,
    });
    expect(await said(() => read(sourceOf({ url: server.url("stranger"), table: "customers" })))).toEqual({
      code: 2,
      says: `stranger may not use the database shop of ${place}, or there is none`,
      next: "GRANT SELECT ON shop.* TO stranger",
    });
    expect(await said(() => read(sourceOf({ url, table: "secret" }, { MYSQL_PWD: password })))).toMatchObject({
      code: 2,
    });
    expect(
      await said(() => read(sourceOf({ url, query: "SELECT id FROM written" }, { MYSQL_PWD: password }))),
    ).toMatchObject({
      code: 2,
      says: expect.stringMatching(/^source\.query of .*: odd may not do that: SELECT command denied/),
    });
    expect(await said(() => read(sourceOf({ url: server.url("old"), table: "customers" })))).toMatchObject({
      code: 2,
      says: expect.stringMatching(/^mysql:.* refuses old: .*(?:expired|SET PASSWORD|password)/),
    });
    const nowhere = server.url("root").replace(/shop$/, "nowhere");
    expect(await said(() => read(sourceOf({ url: nowhere, table: "customers" })))).toMatchObject({
      code: 2,
      says: `mysql://127.0.0.1:${server.port}/nowhere: there is no database nowhere`,
    });
    await using db = await openDatabase();
    await using _ = await sourceOf({ url: server.url("crowded"), table: "customers" }).open(db, {
      date: DATE,
      text: [],
    });
    expect(await said(() => read(sourceOf({ url: server.url("crowded"), table: "customers" })))).toMatchObject({
      ...{ code: 5, says: `${place} has no free connection for crowded` },
    });
  });

  test("a server that isn't there, or is none, is told so", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    silent.close();
    await once(silent, "close");
    expect(await said(() => read(sourceOf({ url: `mysql://u@127.0.0.1:${port}/shop`, table: "t" })))).toMatchObject({
      ...{ code: 5, says: `nothing listens at 127.0.0.1:${port}: is MySQL or MariaDB up?` },
    });
    expect(await said(() => read(sourceOf({ url: "mysql://u@/shop?socket=/nowhere/s", table: "t" })))).toMatchObject({
      ...{ code: 5, says: "nothing listens at /nowhere/s: is MySQL or MariaDB up?" },
    });
    expect(
      await said(() => read(sourceOf({ url: "mysql://u@no-such-host.invalid/shop?sslmode=disable", table: "t" }))),
    ).toMatchObject({
      says: expect.stringMatching(/^(?:no host has|the) .*name in no-such-host\.invalid:3306/),
    });
    const mute = createServer(() => {}).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const there = mute.address();
    const asked = `127.0.0.1:${typeof there === "object" ? there?.port : ""}`;
    expect(await said(() => read(sourceOf({ url: `mysql://u@${asked}/shop`, table: "t" })))).toMatchObject({
      ...{ code: 5, says: `${asked} did not answer within 15 s` },
    });
    mute.close();
  });

  test("a connection that is killed while rows come ends at once: no table, no file", async () => {
    const lost = `the connection to 127.0.0.1:${server.port} was lost while source.query was read: nothing was kept`;
    for (const [how, says] of [
      ["KILL", lost],
      ["KILL QUERY", `somebody ended the query of source.query on mysql://127.0.0.1:${server.port}/shop`],
    ] as const) {
      await using db = await openDatabase();
      await using session = await sourceOf({ query: ENDLESS }).open(db, { date: DATE, text: [] });
      const loading = said(() => session.load("memory.main.loaded", { columns: ["id", "t"], day: undefined }));
      const [id] = await until(10, async () => (await running())[0]);
      await sleep(500);
      expect(await leftFiles()).toHaveLength(1);
      const start = performance.now();
      await server.run(`${how} ${id}`);
      expect(await loading).toMatchObject({ code: 5, says });
      expect(performance.now() - start).toBeLessThan(2000);
      expect(await leftFiles()).toEqual([]);
      await expect(db.run("FROM memory.main.loaded")).rejects.toThrow("does not exist");
      expect(await running()).toEqual([]);
    }
  });

  test("an end of the network, exactly behind a row, is taken for no end of the rows", async () => {
    const query = "SELECT seq AS id FROM seq_1_to_100";
    for (const packets of [30, 31, 60, 100, 115]) {
      await using proxy = await cuttingProxy(server.port, packets);
      const url = `mysql://churn@127.0.0.1:${proxy.port}/shop`;
      expect(await said(() => read(sourceOf({ url, query })))).toMatchObject({
        ...{ code: 5, says: expect.stringMatching(lostAt(proxy.port)) },
      });
      expect(await leftFiles()).toEqual([]);
    }
    await using proxy = await cuttingProxy(server.port, 1_000_000);
    expect((await read(sourceOf({ url: `mysql://churn@127.0.0.1:${proxy.port}/shop`, query }))).rows).toHaveLength(100);
  });

  test("what fails in passing is read anew, whole", async () => {
    let times = 0;
    await using proxy = await cuttingProxy(server.port, () => (times++ === 0 ? 60 : 1_000_000));
    const url = `mysql://churn@127.0.0.1:${proxy.port}/shop`;
    const source = serverSource(mysqlServer(settingsOf({ url, query: "SELECT seq AS id FROM seq_1_to_100" })), [0]);
    expect((await read(source)).rows).toHaveLength(100);
    expect(times).toBeGreaterThan(1);
  });

  test("a query has source.timeout on the server, and no longer", async () => {
    const start = performance.now();
    expect(await said(() => read(sourceOf({ query: "SELECT SLEEP(30) AS id", timeout: "1s" })))).toEqual({
      code: 5,
      says: `source.query took mysql://127.0.0.1:${server.port}/shop longer than 1 s`,
      next: "source.timeout in churn.yaml, or an index on the column of dataset.date",
    });
    expect(performance.now() - start).toBeLessThan(8000);
    expect(await running()).toEqual([]);
  });
});

describe("kills", () => {
  const SLOW = "SELECT a.seq AS id, COUNT(*) AS n FROM seq_1_to_100000 a, seq_1_to_100000 b GROUP BY a.seq";

  test("a killed program leaves no query behind", async ({ folder }) => {
    await writeFile(
      join(folder, "churn.yaml"),
      JSON.stringify({
        dataset: { id: "id", target: { column: "n" }, date: null },
        source: { url: server.url("churn"), query: SLOW },
      }),
    );
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      const stage = spawn(process.execPath, [resolve("bin/churn"), "-C", folder, "extract"], { stdio: "pipe" });
      let text = "";
      stage.stderr.on("data", (chunk) => {
        text += String(chunk);
      });
      await until(20, async () => {
        if (stage.exitCode !== null) throw new Error(text);
        return (await running()).some(([, info]) => info?.includes("GROUP BY"));
      });
      stage.kill(signal);
      await once(stage, "exit");
      const start = performance.now();
      await until(10, async () => (await running()).length === 0);
      expect(performance.now() - start).toBeLessThan(10_000);
    }
    // Nor is the guard there any longer.
    await until(10, async () => (await guards()).length === 0);
  });

  test("the guard goes with the rows, and shows nobody whom it is for", async () => {
    const password = "kept-to-itself";
    await server.run(`CREATE USER quiet IDENTIFIED BY '${password}'; GRANT SELECT ON shop.* TO quiet`);
    await using db = await openDatabase();
    {
      const source = sourceOf(
        { url: server.url("quiet"), query: "SELECT seq AS id FROM seq_1_to_10" },
        { MYSQL_PWD: password },
      );
      await using session = await source.open(db, { date: DATE, text: [] });
      expect(await guards()).toEqual([]);
      await session.load("memory.main.loaded", { columns: ["id"], day: undefined });
      const shown = await guards();
      expect(shown).toHaveLength(1);
      for (const secret of [password, "quiet"]) expect(shown.join()).not.toContain(secret);
    }
    await until(5, async () => (await guards()).length === 0);
  });

  test("a server that dies or is stopped while rows come", async () => {
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      await using db = await openDatabase();
      await using session = await sourceOf({ query: ENDLESS }).open(db, { date: DATE, text: [] });
      const loading = said(() => session.load("memory.main.loaded", { columns: ["id", "t"], day: undefined }));
      await until(10, async () => (await running())[0]);
      await sleep(300);
      server.signal(signal);
      expect(await loading).toMatchObject({
        ...{ code: 5, says: expect.stringMatching(lostAt(server.port)) },
      });
      expect(await leftFiles()).toEqual([]);
      await server.restart();
    }
  });
});

describe("TLS", () => {
  test("sslmode keeps what it says", async ({ folder }) => {
    await chmod(folder, 0o755);
    const known = await makeCertificates(join(folder, "known"));
    const other = await makeCertificates(join(folder, "other"), "DNS:elsewhere.example");
    const stale = await expiredCertificate(join(folder, "known"));
    const encrypted =
      "SELECT VARIABLE_VALUE <> '' AS tls FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'Ssl_cipher'";
    const asked = async (tls: Mariadb, words: string, host = "localhost") => {
      const source = sourceOf({ url: `mysql://churn@${host}:${tls.port}/shop?${words}`, query: encrypted });
      return (await read(source)).rows[0]?.tls;
    };
    for (const { key } of [known, other]) await chmod(key, 0o644);
    const begun = (certificate: string, key: string) =>
      startMariadb([`--ssl-cert=${certificate}`, `--ssl-key=${key}`, "--skip-name-resolve"]);
    {
      await using tls = await begun(known.certificate, known.key);
      expect(await asked(tls, "")).toBe("0");
      expect(await asked(tls, "sslmode=disable")).toBe("0");
      expect(await asked(tls, "sslmode=require")).toBe("1");
      expect(await asked(tls, "ssl-mode=REQUIRED", "127.0.0.1")).toBe("1");
      expect(await asked(tls, `sslmode=verify-full&sslrootcert=${known.ca}`)).toBe("1");
      expect(await asked(tls, `ssl-mode=VERIFY_CA&ssl-ca=${known.ca}`, "127.0.0.1")).toBe("1");
      const unsigned = {
        ...{
          code: 2,
          says: `the certificate of localhost:${tls.port} is signed by no authority known here`,
        },
        next: "add ?sslrootcert=FILE.pem to source.url, which names the authority's; sslmode=require looks at no certificate",
      };
      for (const words of ["sslmode=verify-full", "sslmode=verify-ca", `sslmode=verify-full&sslrootcert=${other.ca}`]) {
        expect(await said(() => asked(tls, words))).toEqual(unsigned);
      }
      expect(await said(() => asked(tls, `sslmode=verify-full&sslrootcert=${known.ca}`, "127.0.0.1"))).toMatchObject({
        code: 2,
        says: "sslmode=verify-full can't be kept: 127.0.0.1 is an IP address, and MySQL's driver checks names alone",
      });
    }
    {
      await using tls = await begun(other.certificate, other.key);
      expect(await said(() => asked(tls, `sslmode=verify-full&sslrootcert=${other.ca}`))).toMatchObject({
        code: 2,
        says: `the certificate of localhost:${tls.port} is for another host: elsewhere.example`,
      });
      expect(await asked(tls, `sslmode=verify-ca&sslrootcert=${other.ca}`)).toBe("1");
    }
    {
      await using tls = await begun(stale.certificate, stale.key);
      expect(await said(() => asked(tls, `sslmode=verify-full&sslrootcert=${known.ca}`))).toMatchObject({
        ...{ code: 5, says: `the certificate of localhost:${tls.port} has expired` },
      });
    }
    const plain = `mysql://churn@localhost:${server.port}/shop?sslmode=require`;
    expect(await said(() => read(sourceOf({ url: plain, table: "t" })))).toEqual({
      code: 2,
      says: `MySQL or MariaDB at localhost:${server.port} speaks no TLS`,
      next: "add ?sslmode=disable to source.url where the way is safe otherwise",
    });
  });
});

test("the same customers give the same rows from DuckDB and from MySQL", async ({ folder }) => {
  const made = (duckdb: boolean) => {
    const type = (own: string, mysql: string) => (duckdb ? own : mysql);
    return `CREATE TABLE ${duckdb ? "" : "shop."}same (customer_id VARCHAR(20), snapshot_date DATE, seen ${type("TIMESTAMPTZ", "TIMESTAMP NULL")}, tenure INTEGER,
      charges DECIMAL(10,2), wide BIGINT${type("", "")}, rate DOUBLE, single ${type("FLOAT", "FLOAT")}, plan VARCHAR(40), price DECIMAL(10,2), senior ${type("TINYINT", "TINYINT(1)")},
      ref UUID, churned ${type("TINYINT", "TINYINT(1)")})`;
  };
  const names = ["basic", "Premium\u00e9", "", null, "NULL", 'a "b", c', "1.0"];
  const quoted = (value: string | null) => (value === null ? "NULL" : `'${value}'`);
  const rows = Array.from({ length: 500 }, (_, index) => {
    const name = names[index % names.length] ?? null;
    const day = index % 5 === 0 ? "2026-11-22" : "2026-11-23";
    const second = String(index % 60).padStart(2, "0");
    return `('C${String(index).padStart(4, "0")}', '${day}', '2026-11-2${index % 4} 23:${second}:00', ${index % 7 === 0 ? "NULL" : index % 72},
      ${(index * 1.37).toFixed(2)}, ${2 ** 53 + index}, ${index / 7}, ${index / 8 + 0.1}, ${quoted(name)}, ${(index % 3) + 0.5}, ${index % 2},
      '6ccd780c-baba-1026-9564-${String(index).padStart(12, "0")}', ${index % 3 === 0 ? 1 : 0})`;
  });
  await server.run(
    `SET time_zone = '+00:00'; SET NAMES utf8mb4; ${made(false)} CHARACTER SET utf8mb4; INSERT INTO shop.same VALUES ${rows.join(", ")}`,
  );
  await writeDuckdb(
    join(folder, "same.duckdb"),
    "SET TimeZone = 'UTC'",
    made(true),
    `INSERT INTO same VALUES ${rows.join(", ")}`,
  );
  const config = (source: { url: string; table: string }) =>
    configSchema.parse({
      dataset: {
        ...{ id: "customer_id", target: { column: "churned", positive: 1 }, date: "snapshot_date" },
        ...{ exclude: ["ref"], types: { price: "categorical" } },
      },
      source,
    });
  const loaded = async (settings: ReturnType<typeof config>) => {
    await using db = await openDatabase();
    const source = openSource(settings.source, folder, readEnvironment({}, folder));
    const snapshot = await openSnapshot(db, source, {
      dataset: settings.dataset,
      today: DATE,
      timezone: "Europe/Berlin",
    });
    const path = join(folder, `${settings.source.url?.slice(0, 5)}.parquet`);
    await db.run(`COPY (${snapshot.sql}) TO '${path}' (FORMAT parquet)`);
    return {
      bytes: createHash("sha256")
        .update(await readFile(path))
        .digest("hex"),
      decided: snapshot.decided,
      date: snapshot.date,
    };
  };
  const duckdb = await loaded(config({ url: "duckdb:same.duckdb", table: "same" }));
  const mysql = await loaded(config({ url: server.url("churn"), table: "same" }));
  expect(mysql).toEqual(duckdb);
  expect(mysql.date).toBe(DATE);
  expect(openMysql(settingsOf({ table: "same" })).description).toBe(`mysql://127.0.0.1:${server.port}/shop`);
});

/** The words and the variables of the processes that guard a query. */
async function guards() {
  const found: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const words = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!words.includes("kill-query.cjs")) continue;
    found.push(words + (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")));
  }
  return found;
}

/** A proxy that ends behind so many packets of the server's, as a network does. */
async function cuttingProxy(port: number, packets: number | (() => number)) {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connectSocket(port, "127.0.0.1");
    let left = typeof packets === "number" ? packets : packets();
    let behind = Buffer.alloc(0);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => client.destroy());
      socket.on("close", () => upstream.destroy());
    }
    client.pipe(upstream);
    upstream.on("data", (chunk) => {
      behind = Buffer.concat([behind, chunk]);
      while (behind.length >= 4 && behind.length >= 4 + behind.readUIntLE(0, 3) && left > 0) {
        const length = 4 + behind.readUIntLE(0, 3);
        client.write(behind.subarray(0, length));
        behind = behind.subarray(length);
        left -= 1;
      }
      if (left === 0) client.end();
    });
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  return {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, "close");
    },
  };
}

/** A certificate of the same authority for localhost that was good for a day, long ago. */
async function expiredCertificate(folder: string) {
  const key = join(folder, "stale.key");
  const certificate = join(folder, "stale.pem");
  const words = (text: string) => execa("openssl", text.split(" "), { cwd: folder });
  await words(
    `req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${key} -out stale.csr -subj /CN=localhost`,
  );
  await writeFile(join(folder, "stale.cnf"), STALE);
  await writeFile(join(folder, "index.txt"), "");
  await writeFile(join(folder, "serial"), "1000\n");
  await words(
    `ca -batch -config stale.cnf -startdate 20200101000000Z -enddate 20200102000000Z -in stale.csr -out ${certificate} -extensions names -notext`,
  );
  await chmod(key, 0o644);
  return { certificate, key };
}

const STALE = `[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
[names]
subjectAltName = DNS:localhost
`;
