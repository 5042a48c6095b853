import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { ChurnError } from "../../../src/lib/errors.ts";
import { temporaryPlace } from "../../../src/lib/files/temporary.ts";
import { mysqlServer } from "../../../src/lib/source/mysql/mysql.ts";
import type { ServerSettings } from "../../../src/lib/source/server/settings.ts";
import { serverSource } from "../../../src/lib/source/server/source.ts";
import type { DateColumn, Source, SourceRequest } from "../../../src/lib/source/source.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";
import { type Mariadb, startMariadb } from "./mariadb.ts";

/** The day that is read where nothing else is asked. */
export const DATE = "2026-11-23";

/** A MariaDB with tables of customers, and sources of its user churn. */
export async function startShop() {
  const server = await startMariadb(["--max-allowed-packet=64M"]);
  await server.run("CREATE TABLE shop.customers (id INT); CREATE TABLE shop.written (id INT)");
  await server.run(`SET time_zone = '+00:00'; SET sql_mode = '';
      CREATE TABLE shop.dated (id INT, d DATE, dt DATETIME, ts TIMESTAMP NULL, t VARCHAR(30), l VARCHAR(30) CHARACTER SET utf16) CHARACTER SET utf8mb4;
      INSERT INTO shop.dated VALUES (1, '2026-11-22', '2026-11-22 23:59:59', '2026-11-22 22:59:59', ' 2026-11-22T10:00', '2026-11-22'),
       (2, '2026-11-23', '2026-11-23', '2026-11-22 23:00:00', '2026-11-23', '2026-11-23 x'),
       (3, '2026-11-23', '2026-11-23 23:59:59', '2026-11-23 22:59:59', '2026-11-23 y', ' 2026-11-23'),
       (4, '2026-11-24', '2026-11-24', '2026-11-23 23:00:00', '2026-11-24', '2026-11-24'),
       (5, '0000-00-00', NULL, NULL, '\uff12\uff10\uff12\uff16-11-23', 'soon')`);
  return { server, ...sourcesOf(server) };
}

function sourcesOf(server: Mariadb) {
  const settingsOf = (
    asked: Partial<ServerSettings> = {},
    environment: Record<string, string> = {},
  ): ServerSettings => ({
    ...{ url: server.url("churn"), root: "/", environment: readEnvironment(environment, "/proc/none") },
    ...asked,
  });
  return {
    settingsOf,
    sourceOf: (asked: Partial<ServerSettings> = {}, environment: Record<string, string> = {}): Source =>
      serverSource(mysqlServer(settingsOf(asked, environment)), []),
    /** Queries of a user that run now, without the connections that wait. */
    async running(user = "churn") {
      const text = await server.run(
        `SELECT ID, INFO FROM information_schema.PROCESSLIST WHERE USER = '${user}' AND COMMAND = 'Query'`,
      );
      return text === "" ? [] : text.split("\n").map((line) => line.split("\t"));
    },
  };
}

interface Reading {
  readonly request?: Partial<SourceRequest>;
  readonly columns?: readonly string[];
  readonly day?: { readonly column: DateColumn; readonly date: string };
}

/** What arrives in DuckDB, each value as text. */
export async function read(source: Source, { request, columns, day }: Reading = {}) {
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

/** What a person is told. */
export async function said(work: () => Promise<unknown>) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ChurnError)) throw error;
    return { code: error.exitCode, says: error.message, next: error.hint };
  }
  throw new Error("nothing was said");
}

/** Files of customers that are left where the loader keeps them. */
export async function leftFiles() {
  return (await readdir(temporaryPlace() ?? "/tmp")).filter((name) =>
    name.startsWith(`.churn-source-rows.${process.pid}-`),
  );
}

/** Asks until there is an answer. */
export async function until<T>(seconds: number, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < seconds * 20; tries += 1) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    await sleep(50);
  }
  throw new Error(`not within ${seconds} s`);
}
