import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { drawCuts } from "../../src/lib/engine/cuts.ts";
import type { Rows } from "../../src/lib/matrix/customers.ts";

const ROWS = 5_000;
const NAMES = { id: "the id", features: ["n", "hash"] };
const customers = (order: string, id = "'c' || i") =>
  `(SELECT ${id} AS "the id", i AS n, CASE WHEN i % 3 > 0 THEN i / 2 END AS hash FROM range(${ROWS}) AS t(i) ORDER BY ${order})`;

async function read({ chunks }: Rows): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { columns } of chunks()) numbers.push(...(columns[0] ?? []));
  return numbers;
}

const drawn = async (db: Database, relation: string, most: number) =>
  read(await drawCuts(db, relation, { ...NAMES, rowCount: ROWS, most }));

test("drawn are the customers of the lowest hashes, by the MD5 of anyone", async () => {
  await using db = await openDatabase();
  const hashed = Array.from({ length: ROWS }, (_, i) => ({
    i,
    digits: createHash("md5").update(`cutsc${i}`).digest("hex"),
  }));
  const byHash = hashed.sort((one, other) => (one.digits < other.digits ? -1 : 1)).map(({ i }) => i);
  expect(await drawn(db, customers("i"), 400)).toEqual(byHash.slice(0, 400));
  // All of them, where there are fewer.
  expect(await drawn(db, customers("i"), 6_000)).toEqual(byHash);
});

test.each(["i DESC", "hash(i)"])("whatever the order of rows: %s", async (order) => {
  await using db = await openDatabase();
  for (const most of [1, 100, 4_999, 5_000])
    expect(await drawn(db, customers(order), most)).toEqual(await drawn(db, customers("i"), most));
});

test("ids whose hashes are all alike are drawn as well", async () => {
  await using db = await openDatabase();
  const alike = await drawn(db, customers("i", "'one'"), 100);
  expect(alike).toHaveLength(100);
});

test("what is written is what was read: the features in the order of the hashes, and no id", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn-cuts-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await using db = await openDatabase();
  const write = async (order: string, name: string) => {
    const cuts = await drawCuts(db, customers(order), { ...NAMES, rowCount: ROWS, most: 3_000 });
    const path = join(folder, name);
    await cuts.write(path);
    return { path, numbers: await read(cuts) };
  };
  const { path, numbers } = await write("i", "a.parquet");
  const found = await db.rows(`DESCRIBE FROM '${path}'`, z.object({ column_name: z.string() }));
  expect(found.map(({ column_name }) => column_name)).toEqual(NAMES.features);
  expect([...((await db.columns(`SELECT n FROM '${path}'`)).columns[0] ?? [])]).toEqual(numbers);
  const other = await write("i DESC", "b.parquet");
  expect((await readFile(other.path)).equals(await readFile(path))).toBe(true);
});
