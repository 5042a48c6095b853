import { describe, expect, test } from "vitest";
import type { Columns, Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";

const ROWS = 300_000;
/** Numbers in order, and a column of which every third value is missing. */
const SQL = `SELECT i AS "the number", CASE WHEN i % 3 > 0 THEN i / 4 END AS quarter, i % 2 = 1 AS odd FROM range(${ROWS}) AS t(i)`;

/** The chunks as they were while each was the newest. */
async function copied(db: Database, sql: string): Promise<Columns[]> {
  const chunks: Columns[] = [];
  for await (const { rowCount, names, columns } of db.chunks(sql))
    chunks.push({ rowCount, names, columns: columns.map((column) => column.slice()) });
  return chunks;
}

describe("a result in chunks", () => {
  test("is the whole result, in order, some thousand rows at a time", async () => {
    await using db = await openDatabase();
    const [whole, chunks] = [await db.columns(SQL), await copied(db, SQL)];
    expect(Math.max(...chunks.map(({ rowCount }) => rowCount))).toBeLessThanOrEqual(2_048);
    for (const [index, column] of whole.columns.entries()) {
      const joined = Float32Array.from(chunks.flatMap(({ columns }) => [...(columns[index] ?? [])]));
      expect(Buffer.from(joined.buffer).equals(new Uint8Array(column.buffer))).toBe(true);
    }
    expect(chunks[0]).toMatchObject({ names: ["the number", "quarter", "odd"] });
    expect(whole.columns.map((column) => column.slice(0, 4))).toEqual([
      Float32Array.of(0, 1, 2, 3),
      Float32Array.of(Number.NaN, 0.25, 0.5, Number.NaN),
      Float32Array.of(0, 1, 0, 1),
    ]);
  });

  test("is not held: what was read is free again", async () => {
    await using db = await openDatabase();
    const before = process.memoryUsage().arrayBuffers;
    let [most, rows] = [0, 0];
    for await (const { rowCount } of db.chunks(
      `SELECT ${Array(20).fill("i").join(", ")} FROM range(1000000) AS t(i)`,
    )) {
      rows += rowCount;
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    expect(rows).toBe(1_000_000);
    // Of 80 MB.
    expect(most).toBeLessThan(16e6);
  });

  test("is none where there are no rows", async () => {
    await using db = await openDatabase();
    expect(await copied(db, "SELECT 1 AS one WHERE false")).toEqual([]);
  });

  test("may be left in its midst: the database answers again", async () => {
    await using db = await openDatabase();
    for (let time = 0; time < 3; time += 1) {
      let seen = 0;
      for await (const { rowCount } of db.chunks(SQL)) {
        seen += rowCount;
        if (seen > 10_000) break;
      }
      expect(seen).toBeLessThan(20_000);
      expect((await db.columns("SELECT 7 AS seven")).columns).toEqual([Float32Array.of(7)]);
    }
  });

  test("ends with DuckDB's error where a later row has it", async () => {
    await using db = await openDatabase();
    let seen = 0;
    const reading = async () => {
      for await (const { rowCount } of db.chunks(
        `SELECT CASE WHEN i = 250000 THEN error('row ' || i) ELSE i::VARCHAR END::FLOAT AS n FROM range(${ROWS}) AS t(i)`,
      ))
        seen += rowCount;
    };
    await expect(reading()).rejects.toThrow("row 250000");
    expect(seen).toBeLessThanOrEqual(250_000);
    expect((await db.columns("SELECT 7 AS seven")).rowCount).toBe(1);
  });
});
