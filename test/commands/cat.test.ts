import { join } from "node:path";
import { expect } from "vitest";
import { cat } from "../../src/commands/cat.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { pipeline } from "../../src/pipeline.ts";
import { test } from "../support/gc-workspace.ts";
import { contextIn, quietTerminal } from "../support/quiet-terminal.ts";

async function run(workspace: string, key: string | undefined, { json = false, onScreen = false, rows = 10 } = {}) {
  const { terminal, printed } = quietTerminal();
  const error = await cat(pipeline)
    .run(contextIn(workspace, { ...terminal, onScreen }, { json }), { key, rows })
    .catch((thrown: unknown) => thrown);
  return { printed, error };
}

test("text comes as it is, and on a screen without what isn't seen", async ({ workspace, nights }) => {
  await nights.store.write("notifications/2025-11-20.txt", "good\u001b[2J news\nand more\n");
  const key = "notifications/2025-11-20.txt";
  expect((await run(workspace, key)).printed).toEqual(["good\u001b[2J news\nand more\n"]);
  expect((await run(workspace, key, { onScreen: true })).printed).toEqual(["good�[2J news", "and more"]);
  expect((await run(workspace, key, { json: true })).printed).toEqual([
    JSON.stringify({ key, text: "good\u001b[2J news\nand more\n" }),
  ]);
  await nights.store.write("models/2025-11-20/evaluation.json", '{\n  "f1": 0.5\n}\n');
  expect((await run(workspace, "models/2025-11-20/evaluation.json", { json: true })).printed).toEqual(['{"f1":0.5}']);
});

test("a table shows its first rows", async ({ workspace, nights }) => {
  const key = "raw/2025-11-20/customers.parquet";
  await nights.store.write(key, "");
  await using db = await openDatabase();
  const sql = "SELECT range AS id, CASE range WHEN 1 THEN NULL ELSE 'a' || chr(10) || range END AS name FROM range(12)";
  await writeParquet(db, { sql }, join(workspace, key));
  expect((await run(workspace, key, { rows: 3 })).printed).toEqual([
    "id  name",
    " 0  a�0",
    " 1  NULL",
    " 2  a�2",
    "the first 3 of 12 rows, 2 columns",
  ]);
  const { printed } = await run(workspace, key, { rows: 1, json: true });
  expect(JSON.parse(printed[0] ?? "")).toEqual({
    key,
    columns: [
      { name: "id", type: "BIGINT" },
      { name: "name", type: "VARCHAR" },
    ],
    rows: [["0", "a\n0"]],
    row_count: 12,
  });
});

test("keys lead nowhere else", async ({ workspace }) => {
  for (const key of ["churn.yaml", "../x", "/etc/passwd", "raw/../churn.yaml"])
    expect((await run(workspace, key)).error).toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("is no key of the store"),
    });
  expect((await run(workspace, undefined)).error).toMatchObject({ message: "which file? churn cat takes a KEY" });
});
