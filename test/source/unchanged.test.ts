import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { test } from "../support/source-folder.ts";

/** A database before each of whose statements that begin so something is done once. */
function disturbed(db: Database, begins: string, disturb: () => Promise<void>): Database {
  let done = false;
  const before = async (sql: string) => {
    if (done || !sql.startsWith(begins)) return;
    done = true;
    await disturb();
  };
  return {
    ...db,
    rows: async (sql, schema, values) => {
      await before(sql);
      return await db.rows(sql, schema, values);
    },
  };
}

const LINES = `{"id":1}\n${'{"id":2}\n'.repeat(1000)}`;
const disturbances: [string, (root: string) => Promise<void>][] = [
  ["appended to", (root) => appendFile(join(root, "a.jsonl"), '{"id":3}\n')],
  ["cut", (root) => writeFile(join(root, "a.jsonl"), LINES.slice(0, 13))],
  ["removed", (root) => rm(join(root, "a.jsonl"))],
  [
    "replaced by one of the same size",
    async (root) => {
      await writeFile(join(root, "new"), LINES.replace("1", "9"));
      await rename(join(root, "new"), join(root, "a.jsonl"));
    },
  ],
];

test.for(disturbances)("a file that is %s while it is read is worth nothing", async ([, disturb], { root }) => {
  for (const begins of ["CREATE TABLE", 'SELECT system.main."max"(day)', "DESCRIBE"]) {
    await writeFile(join(root, "a.jsonl"), LINES);
    await using db = await openDatabase();
    const read = async () => {
      const source = openSource({ url: "jsonl:*.jsonl" }, root);
      const session = await source.open(
        disturbed(db, begins, () => disturb(root)),
        { date: "2026-11-23", text: [] },
      );
      await session.newestDate({ name: "id", kind: "text", timezone: "UTC" }, "2026-11-23");
      await session.load("memory.main.loaded", { columns: ["id"], day: undefined });
    };
    await expect(read(), begins).rejects.toMatchObject({
      exitCode: 75,
      message: "source.url: a.jsonl was written while it was read",
      hint: "run it again once it is whole",
    });
    expect(await db.rows("SELECT table_name FROM duckdb_tables()", z.unknown())).toEqual([]);
  }
});

test("a file that comes to the others while they are read is not left out", async ({ root }) => {
  await writeFile(join(root, "a.jsonl"), LINES);
  await using db = await openDatabase();
  const add = () => writeFile(join(root, "b.jsonl"), '{"id":4}\n');
  const session = await openSource({ url: "jsonl:*.jsonl" }, root).open(disturbed(db, "CREATE TABLE", add), {
    date: "2026-11-23",
    text: [],
  });
  await expect(session.load("memory.main.loaded", { columns: ["id"], day: undefined })).rejects.toMatchObject({
    exitCode: 75,
    message: "source.url: b.jsonl was written while it was read",
  });
});
