import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { csvRows } from "../../../src/lib/source/server/csv-rows.ts";
import { loadStaged } from "../../../src/lib/source/server/staged.ts";
import { test } from "../../support/folder.ts";

type Values = readonly (string | null)[];

/** What is written of rows, and what is told of them. */
async function written(folder: string, quoted: readonly boolean[], rows: readonly Values[]) {
  const path = join(folder, "rows.csv");
  await using file = await open(path, "w");
  const csv = csvRows([file], quoted);
  for (const row of rows) await csv.add(row);
  const told = await csv.end();
  return { ...told, text: await readFile(path, "utf8") };
}

test("texts stand in quotes, numbers don't, and NULL is nothing", async ({ folder }) => {
  const rows = [
    ["1", "a"],
    ["", ""],
    [null, null],
    ["-1.5", 'say "yes",\n\r'],
  ];
  expect(await written(folder, [false, true], rows)).toEqual({
    rows: 4,
    longest: 3 * '-1.5,"say ""yes"",\n\r"'.length,
    text: '1,"a"\n,""\n,\n-1.5,"say ""yes"",\n\r"\n',
  });
  expect(await written(folder, [true], [])).toEqual({ rows: 0, longest: 0, text: "" });
});

test("rows are written in pieces, and whoever adds them waits for the file", async ({ folder }) => {
  await using file = await open(join(folder, "rows.csv"), "w");
  const csv = csvRows([file], [true]);
  expect(csv.add(["a"])).toBeUndefined();
  const waits = csv.add(["b".repeat(1 << 20)]);
  expect(waits).toBeInstanceOf(Promise);
  await waits;
  expect((await file.stat()).size).toBe((1 << 20) + 7);
  expect(csv.add(["c"])).toBeUndefined();
  expect(await csv.end()).toMatchObject({ rows: 3 });
  expect((await file.stat()).size).toBe((1 << 20) + 11);
});

test("a longest row is never told shorter than its bytes", async ({ folder }) => {
  for (const value of ["a", "é", "€", "😀", '"'].map((sign) => sign.repeat(1000))) {
    const { longest, text } = await written(folder, [true], [["x"], [value]]);
    expect(longest).toBeGreaterThanOrEqual(Buffer.byteLength(text.slice('"x"\n'.length)) - 1);
  }
});

test("what is added is what DuckDB reads", async () => {
  await using db = await openDatabase();
  // A byte order mark that begins a text is dropped by DuckDB's bindings, in this test alone.
  const signs = [..."aN\\.,;\"'\n\r\t #|é😀\u0001\u00a0x1"];
  const texts = fc.oneof(fc.string({ unit: fc.constantFrom(...signs) }), fc.constantFrom("NULL", "\\N", "\\.", '""'));
  const nullable = fc.option(texts, { nil: null });
  const number = fc.option(fc.maxSafeInteger().map(String), { nil: null });
  const tables = fc.oneof(
    fc.array(fc.tuple(nullable)).map((rows) => ({ rows, quoted: [true] })),
    fc.array(fc.tuple(nullable, number, nullable)).map((rows) => ({ rows, quoted: [true, false, true] })),
  );
  await fc.assert(
    fc.asyncProperty(tables, async ({ rows, quoted }) => {
      const columns = quoted.map((isText, index) => ({ name: `n${index}`, declared: isText ? "VARCHAR" : "BIGINT" }));
      await db.run("DROP TABLE IF EXISTS memory.main.loaded");
      const count = await loadStaged(db, "memory.main.loaded", columns, {
        place: "t",
        async write(files) {
          const csv = csvRows(files, quoted);
          for (const row of rows) await csv.add(row);
          return await csv.end();
        },
      });
      const found = await db.rows(
        "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM memory.main.loaded",
        z.record(z.string(), z.string().nullable()),
      );
      expect(count).toBe(rows.length);
      expect(found.map((row) => columns.map(({ name }) => row[name]))).toEqual(rows);
    }),
    { numRuns: 60 },
  );
});
