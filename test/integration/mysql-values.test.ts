import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { mysqlServer, openMysql } from "../../src/lib/source/mysql/mysql.ts";
import { openSource } from "../../src/lib/source/open.ts";
import type { ServerSettings } from "../../src/lib/source/server/settings.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import type { DateColumn } from "../../src/lib/source/source.ts";
import { readEnvironment } from "../../src/lib/workspace/env.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { test } from "../support/folder.ts";
import type { Mariadb } from "./support/mariadb.ts";
import { DATE, leftFiles, read, said, startShop } from "./support/mysql-shop.ts";

let shop: Awaited<ReturnType<typeof startShop>>;
let server: Mariadb;
beforeAll(async () => {
  shop = await startShop();
  ({ server } = shop);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

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
    const { columns, rows } = await read(shop.sourceOf({ table: "types" }));
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
    const text = await read(shop.sourceOf({ table: "types" }), { request: { text: ["d65"] }, columns: ["d65", "id"] });
    expect(text.rows[1]?.d65).toBe("12345678901234567890123456789012345.000000000000000000000000000001");
    expect(text.columns).toContain("d65 VARCHAR");
  });

  test("empty text, NULL, the text NULL, \\N, line breaks and quotes differ, wherever they stand", async () => {
    const values = ["", null, "NULL", "\\N", "a\nb", "\r", "\r\n", '"', 'x","y', ",", "\\", "'", " ", "12,\n13,text"];
    const literal = (value: string | null) => (value === null ? "NULL" : `X'${Buffer.from(value).toString("hex")}'`);
    await server.run(`CREATE TABLE shop.odd (a TEXT, b TEXT, c TEXT, id INT) CHARACTER SET utf8mb4;
      INSERT INTO shop.odd VALUES ${values.map((value, index) => `(${literal(value)}, ${literal(value)}, ${literal(value)}, ${index})`).join(", ")}`);
    for (const columns of [["a", "b", "c"], ["a", "id", "c"], ["a"]]) {
      const { rows } = await read(shop.sourceOf({ table: "odd" }), { columns });
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
    await using session = await shop.sourceOf({ table: "large" }).open(db, { date: DATE, text: [] });
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
    expect(await said(() => read(shop.sourceOf({ table: "zero" })))).toEqual({
      code: 2,
      says: `table zero in mysql://127.0.0.1:${server.port}/shop: left_on has the date 0000-00-00, which is none`,
      next: "NULLIF(left_on, '0000-00-00') in source.query makes NULL of it; dataset.exclude leaves the column in the source",
    });
    const query = "SELECT id, NULLIF(left_on, '0000-00-00') AS left_on FROM zero";
    expect((await read(shop.sourceOf({ query }))).rows).toEqual([
      { id: "1", left_on: "2026-11-23" },
      { id: "2", left_on: null },
    ]);
    const impossible = await said(() => read(shop.sourceOf({ table: "zero" }), { columns: ["id", "n"] }));
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
    const plain = await read(shop.sourceOf({ table: "set_up" }));
    expect(plain.rows).toHaveLength(3);
    expect(plain.rows[0]).toEqual({ id: "1", c: "a", 'odd ` "name': "it's \\ é", ts: "2026-11-23 00:00:00+00" });
    await server.run(set);
    try {
      expect(await read(shop.sourceOf({ table: "set_up" }))).toEqual(plain);
      // The user's own SQL is read as the server reads it.
      const { rows } = await read(
        shop.sourceOf({ query: 'SELECT "id" AS id, c || c AS cc FROM set_up WHERE "id" = 2' }),
      );
      expect(rows).toEqual([{ id: "2", cc: "bb" }]);
      await using db = await openDatabase();
      await using session = await shop.sourceOf({ table: "set_up" }).open(db, { date: DATE, text: [] });
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
        const found = await read(shop.sourceOf({ table: "moments" }), { columns: ["id"], day: { column, date } });
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
    await using session = await shop.sourceOf({ table: "dated" }).open(db, { date: DATE, text: [] });
    for (const column of kinds) {
      expect(await session.newestDate(column, DATE)).toEqual({ date: DATE });
      expect(await session.newestDate(column, "2026-11-24")).toEqual({ date: "2026-11-24" });
      expect(await session.newestDate(column, "2026-11-22")).toEqual({ date: "2026-11-22" });
      const { rows } = await read(shop.sourceOf({ table: "dated" }), { columns: ["id"], day: { column, date: DATE } });
      expect(rows).toEqual([{ id: "2" }, { id: "3" }]);
      const query = "SELECT * FROM dated -- all of them";
      const found = await read(shop.sourceOf({ query }), { columns: ["id"], day: { column, date: DATE } });
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
    await using session = await shop.sourceOf({ table: "late" }).open(db, { date, today: date, text: [] });
    expect(await session.load("memory.main.loaded", { columns: ["id"], day: { column: day, date } })).toBe(0);
    await server.run("INSERT INTO shop.late VALUES (2, '2026-11-23')");
    expect(await session.newestDate(day, date)).toEqual({ date: "2026-11-22" });
  });

  test("{date} is a value of the query, and the server sees no other", async () => {
    const query = "SELECT id, d FROM dated WHERE d BETWEEN {date} - INTERVAL 1 DAY AND {date}; ";
    expect((await read(shop.sourceOf({ query }))).rows.map(({ id }) => id)).toEqual(["1", "2", "3"]);
    expect(shop.sourceOf({ query }).choosesDate).toBe(true);
    expect(await said(() => read(shop.sourceOf({ query: "SELECT * FROM dated WHERE d > {date} - 7" })))).toEqual({
      code: 2,
      says: "source.query: MySQL makes a number of {date} where something is added or taken away",
      next: "write {date} - INTERVAL 7 DAY",
    });
  });

  test("the size of a table is known, that of a query or of a day isn't", async () => {
    const estimated = async (asked: Partial<ServerSettings>, columns: readonly string[], date?: string) => {
      await using begun = await mysqlServer(shop.settingsOf(asked)).begin({ date: DATE, text: [] });
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
    await read(shop.sourceOf({ table: "dated" }), { columns: ["id", "dt"], day: { column, date: DATE } });
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
    const source = () => shop.sourceOf({ table: "dated", ready });
    expect(await said(() => read(source()))).toMatchObject({
      code: 75,
      says: `the customers of today, 2026-11-23, aren't complete in mysql://127.0.0.1:${server.port}/shop: source.ready says no`,
    });
    expect(await said(() => read(source(), { request: { today: "2026-11-24" } }))).toMatchObject({ code: 2 });
    expect((await read(source(), { columns: ["id"], request: { date: "2026-11-22" } })).rows).toHaveLength(5);
    expect(await said(() => read(shop.sourceOf({ table: "dated", ready: "SELECT nope FROM loads" })))).toMatchObject({
      code: 2,
      says: `source.ready of mysql://127.0.0.1:${server.port}/shop: Unknown column 'nope' in 'SELECT'`,
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
  expect(openMysql(shop.settingsOf({ table: "same" })).description).toBe(`mysql://127.0.0.1:${server.port}/shop`);
});
