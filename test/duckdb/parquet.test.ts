import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { describeColumns } from "../../src/lib/duckdb/describe.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { countRows, numberedParquet, parquetFile, writeParquet } from "../../src/lib/duckdb/parquet.ts";

let root: string;
let db: Database;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "churn-parquet-"));
  db = await openDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** Names of folders with what means something to DuckDB, to SQL or to a shell. */
const oddName = fc
  .string({ unit: fc.constantFrom(..."ab=[]*?!-{}'\"$%#;:&~, \tü", "12", "\\"), minLength: 1, maxLength: 8 })
  .filter((name) => name.trim() !== "");

test("a file in a folder of any name is written and read by that name, and its columns are its own", async () => {
  await fc.assert(
    fc.asyncProperty(oddName, oddName, async (folder, name) => {
      // No pattern means a file below both.
      fc.pre(!(/\\/.test(folder + name) && /[[*?]/.test(folder + name)));
      const path = join(root, folder, `${name}.parquet`);
      await mkdir(join(root, folder), { recursive: true });
      await writeParquet(db, { sql: "SELECT 'own' AS plan, 1 AS n UNION ALL SELECT 'own', 2" }, path);
      expect(await countRows(db, path)).toBe(2);
      expect((await describeColumns(db, parquetFile(path))).map(({ name }) => name)).toEqual(["plan", "n"]);
    }),
    { numRuns: 60 },
  );
});

test.each(["c[12]/f.parquet", "c*/f.parquet", "c?/f.parquet", "c1/f[a-z].parquet", "**/f.parquet"])(
  "%s is no pattern for its neighbours",
  async (name) => {
    const path = join(root, "neighbours", name);
    for (const [file, from] of [
      [join(root, "neighbours/c1/f.parquet"), "theirs"],
      [join(root, "neighbours/c1/fx.parquet"), "theirs"],
      [path, "mine"],
    ] as const) {
      await mkdir(join(file, ".."), { recursive: true });
      await writeParquet(db, { sql: `SELECT '${from}' AS "from"` }, file);
    }
    expect(await db.rows(`FROM ${parquetFile(path)}`, z.unknown())).toEqual([{ from: "mine" }]);
    await rm(path);
    await expect(countRows(db, path)).rejects.toThrow("No files found");
  },
);

test("a folder called like one of the columns changes none of them", async () => {
  const path = join(root, "plan=gold", "env=prod", "f.parquet");
  await mkdir(join(path, ".."), { recursive: true });
  await writeParquet(db, { sql: "SELECT 'basic' AS plan, 1 AS id" }, path);
  expect(await db.rows(`FROM ${parquetFile(path)}`, z.unknown())).toEqual([{ plan: "basic", id: 1 }]);
});

test("rows are numbered in the file's order, also where a column is called as DuckDB calls their numbers", async () => {
  for (const name of ["n", "file_row_number", "File_Row_Number"]) {
    const path = join(root, "numbered.parquet");
    const sql = `SELECT 300000 - i AS "${name}" FROM range(300000) AS r(i)`;
    await writeParquet(db, { sql }, path);
    const [found] = await db.rows(
      `SELECT count(*) FILTER (WHERE "the place" <> 300000 - "${name}") AS others, count(*) AS rows
       FROM ${numberedParquet(path, '"the place"', [name])} WHERE "the place" % 7 > 0`,
      z.object({ others: z.int(), rows: z.int() }),
    );
    expect(found).toEqual({ others: 0, rows: 257_142 });
  }
});
