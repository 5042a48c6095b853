import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { measuredCatalogue } from "../../src/lib/init/measure.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { writeDuckdb } from "../support/data-night.ts";
import { test } from "../support/source-folder.ts";

test("a table's rows are counted: nulls, different values, what is unique, by itself or each day", async ({ root }) => {
  await writeDuckdb(
    join(root, "c.duckdb"),
    `CREATE TABLE c AS SELECT d * 10 + i AS row_id, 'C' || i AS id, DATE '2026-11-22' + d::INTEGER AS day, i / 3.0 AS price,
       CASE WHEN i = 0 THEN NULL ELSE i END AS seat, CASE WHEN i < 3 THEN 'yes' ELSE 'no' END AS churn, '2026-01-0' || (i % 9 + 1) AS billed,
       [i] AS list
     FROM range(10) AS r(i), range(2) AS s(d)`,
  );
  const { rows, columns } = await measuredCatalogue(
    openSource({ url: "duckdb:c.duckdb", table: "c" }, root),
    "2026-11-23",
  );
  expect(rows).toBe(20);
  const told = columns.map(({ name, family, nullable, distinct, key }) => [name, family, nullable, distinct, key]);
  expect(told).toEqual([
    ["row_id", "integer", false, 20, "unique"],
    ["id", "text", false, 10, "daily"],
    ["day", "date", false, 2, undefined],
    ["price", "float", true, undefined, undefined],
    ["seat", "integer", true, 9, undefined],
    ["churn", "text", false, 2, undefined],
    ["billed", "date", false, 9, undefined],
    ["list", "other", true, undefined, undefined],
  ]);
  expect(columns.find(({ name }) => name === "churn")?.values).toEqual(["no", "yes"]);
  expect(columns.find(({ name }) => name === "seat")?.nullShare).toBeCloseTo(0.1);
});

test("a table without rows has columns, and nothing is unique", async ({ root }) => {
  await writeFile(join(root, "c.csv"), "id,churned\n");
  const { rows, columns } = await measuredCatalogue(openSource({ url: "csv:c.csv" }, root), "2026-11-23");
  expect(rows).toBe(0);
  expect(columns.map(({ name, key }) => [name, key])).toEqual([
    ["id", undefined],
    ["churned", undefined],
  ]);
});
