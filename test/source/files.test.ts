import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Config } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { readSource, test } from "../support/source-folder.ts";

test("Parquet files are matched by wildcards and by column name, a day's folder is a column", async ({ root }) => {
  await using db = await openDatabase();
  for (const day of ["2026-11-22", "2026-11-23"]) {
    await mkdir(join(root, `export/day=${day}`), { recursive: true });
    const columns = day.endsWith("22") ? "1 AS id" : "'x' AS plan, 2 AS id";
    await db.run(`COPY (SELECT ${columns}) TO '${root}/export/day=${day}/part.parquet'`);
  }
  const { rows, ...facts } = await readSource({ url: "parquet:export/*/*.parquet" }, root);
  expect(facts).toEqual({
    description: "export/*/*.parquet",
    name: "export/*/*.parquet",
    columns: [
      { name: "id", type: "INTEGER" },
      { name: "plan", type: "VARCHAR" },
      { name: "day", type: "DATE" },
    ],
  });
  expect(rows.map(({ id, plan }) => ({ id, plan }))).toEqual([
    { id: 1, plan: null },
    { id: 2, plan: "x" },
  ]);
});

test("CSV is typed by all its rows, but for the columns that are text", async ({ root }) => {
  await writeFile(join(root, "a.csv"), `id,code,rate,note\n${'1,7.50,1,""\n'.repeat(3000)}2,,1.5,\n3,,2,text\n`);
  const { columns, rows } = await readSource({ url: "csv:a.csv" }, root, ["code", "nosuch"]);
  expect(columns).toEqual([
    { name: "id", type: "BIGINT" },
    { name: "code", type: "VARCHAR" },
    { name: "rate", type: "DOUBLE" },
    { name: "note", type: "VARCHAR" },
  ]);
  expect(rows[0]).toEqual({ id: 1, code: "7.50", rate: 1, note: "" });
  expect(rows[3000]).toEqual({ id: 2, code: null, rate: 1.5, note: null });
});

test("a query calls the files customers, or as source.table says", async ({ root }) => {
  await writeFile(join(root, "a.csv"), "id,code,rate\n1,7.50,1.5\n2,,\n");
  const query = "SELECT code, rate, {date} AS day FROM customers WHERE id = 1";
  expect(await readSource({ url: "csv:a.csv", query }, root, ["code"])).toEqual({
    description: "a.csv",
    name: "source.query",
    columns: [
      { name: "code", type: "VARCHAR" },
      { name: "rate", type: "DOUBLE" },
      { name: "day", type: "VARCHAR" },
    ],
    rows: [{ code: "7.50", rate: 1.5, day: "2026-11-23" }],
  });
  const named = { url: "csv:a.csv", table: "the people", query: 'SELECT id FROM "the people" WHERE id = 2' };
  expect((await readSource(named, root)).rows).toEqual([{ id: 2 }]);
});

test("what is wrong with files is said with what is known", async ({ root }) => {
  await writeFile(join(root, "text.parquet"), "no Parquet, but long enough to be one");
  await writeFile(join(root, "empty.csv"), "");
  const known = "duckdb:FILE, parquet:FILES, csv:FILES and jsonl:FILES are known";
  const cases: [Config["source"], number, unknown, string][] = [
    [
      { url: "parquet:gone/*.parquet" },
      2,
      "source.url: there is no file gone/*.parquet",
      `it is looked for at ${join(root, "gone/*.parquet")}`,
    ],
    [{ url: "parquet:text.parquet" }, 2, "source.url: text.parquet is not a Parquet file", known],
    [{ url: "csv:empty.csv" }, 75, "source.url: empty.csv is empty", "run it again once it is written"],
  ];
  for (const [source, exitCode, message, hint] of cases) {
    await expect(readSource(source, root)).rejects.toMatchObject({ exitCode, message, hint });
  }
});

test("how large the files of a date are is known before they are read; of none nothing is", async ({ root }) => {
  for (const day of ["2026-11-22", "2026-11-23"]) {
    await mkdir(join(root, `export/${day}`), { recursive: true });
    for (const part of ["a", "b"])
      await writeFile(join(root, `export/${day}/${part}.csv`), "id\n1\n".repeat(Number(day.at(-1))));
  }
  const awaited = { date: "2026-11-23", today: "2026-11-23" };
  const sizeOf = (url: string) => openSource({ url } as const, root).filesBytes?.(awaited);
  expect(await sizeOf("csv:export/2026-11-23")).toBe(2 * 3 * 5);
  expect(await sizeOf("csv:export/*/*.csv")).toBe(2 * 2 * 5 + 2 * 3 * 5);
  expect(await sizeOf("csv:gone.csv")).toBeUndefined();
  expect(await sizeOf("duckdb:gone.duckdb")).toBeUndefined();
});
