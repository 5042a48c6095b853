import { join } from "node:path";
import { expect } from "vitest";
import type { Database } from "../../src/lib/duckdb/database.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { fileLiteral, literal } from "../../src/lib/duckdb/sql.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { pandasIndexes } from "../../src/lib/source/pandas-index.ts";
import { test } from "../support/source-folder.ts";

/** As pandas 3 writes a frame whose index is called `name`, in a column of that name or else of its own making. */
function metadata(name: string | null, field = "__index_level_0__"): string {
  const column = (name: string | null, field_name: string) => ({
    name,
    field_name,
    pandas_type: "int64",
    numpy_type: "int64",
    metadata: null,
  });
  return JSON.stringify({
    index_columns: [field],
    column_indexes: [{ name: null, field_name: null, pandas_type: "unicode", numpy_type: "object", metadata: null }],
    columns: [column("id", "id"), column(name, field)],
    creator: { library: "pyarrow", version: "22.0.0" },
    pandas_version: "3.0.0",
  });
}

async function write(db: Database, path: string, text: string, key = "pandas"): Promise<void> {
  const options = `FORMAT parquet, KV_METADATA {${literal(key)}: ${literal(text)}}`;
  await db.run(`COPY (SELECT 1 AS id, 7 AS customer, 3 AS row_number) TO ${literal(path)} (${options})`);
}

test("an index that nobody named is one, whatever its column is called", async ({ root }) => {
  await using db = await openDatabase();
  const path = join(root, "a.parquet");
  const indexes = async (text: string, key?: string) => {
    await write(db, path, text, key);
    return await pandasIndexes(db, `[${fileLiteral(path)}]`);
  };
  expect(await indexes(metadata(null, "row_number"))).toEqual(["row_number"]);
  expect(await indexes(metadata("customer", "customer"))).toEqual([]);
  const range = { kind: "range", name: null, start: 0, stop: 1, step: 1 };
  expect(await indexes(JSON.stringify({ index_columns: [range], columns: [] }))).toEqual([]);
  expect(await indexes(metadata(null, "row_number"), "polars")).toEqual([]);
});

test("metadata that is no pandas' says nothing", async ({ root }) => {
  await using db = await openDatabase();
  for (const text of ["", "no JSON", "7", '{"index_columns": 3}', '{"index_columns": [], "columns": [{}]}']) {
    await write(db, join(root, "a.parquet"), text);
    expect(await pandasIndexes(db, `[${fileLiteral(join(root, "a.parquet"))}]`)).toEqual([]);
  }
});

test("a source of Parquet files tells the indexes of all of them, also to a query", async ({ root }) => {
  await using db = await openDatabase();
  await write(db, join(root, "a.parquet"), metadata(null, "row_number"));
  await write(db, join(root, "b.parquet"), metadata("customer", "customer"));
  for (const query of [undefined, "SELECT * FROM customers"]) {
    const source = openSource({ url: "parquet:*.parquet", query }, root);
    await using session = await source.open(db, { date: "2026-11-23", text: [] });
    expect(session.indexes).toEqual(["row_number"]);
  }
});
