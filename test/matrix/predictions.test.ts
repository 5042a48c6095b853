import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { parquetFile } from "../../src/lib/duckdb/parquet.ts";
import { identifier, literal } from "../../src/lib/duckdb/sql.ts";
import { probabilitiesOf, writePredictions } from "../../src/lib/matrix/predictions.ts";
import { bytesOf } from "../support/float32.ts";
import { test } from "../support/folder.ts";
import { mulberry32 } from "../support/mulberry32.ts";

/** More than a row group of Parquet, and no whole number of DuckDB's vectors. */
const ROWS = 150_001;
const NAMES = { id: "row", label: "id" };

const random = mulberry32(7);
const probability = new Float32Array(new SharedArrayBuffer(4 * ROWS)).map(() => random());
const predicted = Uint8Array.from(probability, (churn) => Number(churn > 0.5));

async function write(folder: string, name: string, threads: number): Promise<string> {
  await using db = await openDatabase();
  await db.run(`SET threads = ${threads}`);
  const customers = join(folder, "customers.parquet");
  await db.run(`COPY (SELECT 'c' || i AS ${identifier(NAMES.id)}, (i % 3 = 0)::UTINYINT AS ${identifier(NAMES.label)}
    FROM range(${ROWS}) AS t(i) ORDER BY i) TO ${literal(customers)} (FORMAT parquet)`);
  const path = join(folder, name);
  await writePredictions(db, { relation: parquetFile(customers), ...NAMES, probability, predicted, path });
  return path;
}

test("each customer has the figures of its own row, in the customers' order, whatever columns are called", async ({
  folder,
}) => {
  const path = await write(folder, "predictions.parquet", 2);
  await using db = await openDatabase();
  expect(bytesOf(await probabilitiesOf(db, path)).equals(bytesOf(probability))).toBe(true);
  const { columns } = await db.columns(
    `SELECT CAST(substr("row", 2) AS INTEGER), "id", predicted FROM ${parquetFile(path)}`,
  );
  const [ids = [], labels = [], above = []] = columns;
  expect(ids.every((id, row) => id === row)).toBe(true);
  expect(labels.every((label, row) => label === Number(row % 3 === 0))).toBe(true);
  expect(above.every((one, row) => one === predicted[row])).toBe(true);
});

test("the bytes are the same with any number of threads", async ({ folder }) => {
  const [one, four] = [await write(folder, "1.parquet", 1), await write(folder, "4.parquet", 4)];
  expect((await readFile(one)).equals(await readFile(four))).toBe(true);
});
