import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { parquetFile, writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { requireBothClasses, slicesOf } from "../../src/lib/engine/validation-slice.ts";
import { hashedInto, onTestSide } from "../../src/lib/prepare/split.ts";

const count = z.object({ n: z.int() });
const SQL = `SELECT 'C' || i AS "the id", i % 3 AS y, i AS judge, i AS judges, i AS customers FROM range(20000) AS t(i)`;
const OPTIONS = { id: "the id", validation: 0.1 };

async function countOf(db: Database, relation: string): Promise<number> {
  const [counted] = await db.rows(`SELECT count(*) AS n FROM ${relation}`, count);
  return counted?.n ?? Number.NaN;
}

test("each customer is in one of the two slices, about the asked share judges", async () => {
  await using db = await openDatabase();
  const slices = await slicesOf(db, `(${SQL})`, OPTIONS);
  const [trained, validation] = [await countOf(db, slices.trained), await countOf(db, slices.validation)];
  expect(trained + validation).toBe(20_000);
  expect(validation / 20_000).toBeCloseTo(0.1, 2);
});

test("who judges has nothing to do with who is a test customer", async () => {
  await using db = await openDatabase();
  const { validation } = await slicesOf(db, `(${SQL})`, OPTIONS);
  const split = { method: "customer", test: 0.2, salt: "churn", cuts: null } as const;
  const onTest = onTestSide(split, { id: `"the id"`, label: "y = 1", types: [] });
  const [all, test] = [await countOf(db, validation), await countOf(db, `${validation} WHERE ${onTest}`)];
  expect(test / all).toBeCloseTo(0.2, 1);
});

test("a file's customers are those of the hash, in the file's order, whatever its columns are called", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn-slices-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "train.parquet");
  await using db = await openDatabase();
  // Several row groups, which are read by several threads.
  await writeParquet(
    db,
    { sql: `${SQL} UNION ALL SELECT 'D' || i, 0, i, i, i FROM range(20000, 400000) AS t(i)` },
    path,
  );
  const slices = await slicesOf(db, parquetFile(path), OPTIONS);
  const hashed = hashedInto(OPTIONS.validation, { id: `"the id"`, salt: "early stopping" });
  for (const [slice, condition] of [
    [slices.trained, `NOT (${hashed})`] as const,
    [slices.validation, hashed] as const,
  ]) {
    const [found] = (await db.columns(`SELECT judges FROM ${slice}`)).columns;
    const [expected] = (await db.columns(`SELECT judges FROM ${parquetFile(path)} WHERE ${condition}`)).columns;
    expect(found?.length).toBeGreaterThan(30_000);
    expect(found?.join() === expected?.join()).toBe(true);
  }
});

const both = { rowCount: 2, churned: 1 };
test.each([
  [{ trained: both, validation: { rowCount: 2, churned: 2 } }, "of the 2 customers to judge the rounds by 2 churned"],
  [{ trained: both, validation: { rowCount: 0, churned: 0 } }, "of the 0 customers to judge the rounds by 0 churned"],
  [{ trained: { rowCount: 1, churned: 0 }, validation: both }, "of the 1 customer left to train on 0 churned"],
])("a slice with one class alone is refused: %o", (slices, message) => {
  expect(() => requireBothClasses(slices, 0.3)).toThrow(
    expect.objectContaining({ exitCode: 2, message: `train.early_stopping.validation is 0.3: ${message}` }),
  );
});

test("one customer of each class in both is enough", () => {
  expect(() => requireBothClasses({ trained: both, validation: both }, 0.3)).not.toThrow();
});
