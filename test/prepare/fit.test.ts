import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { customerColumns } from "../../src/lib/prepare/columns.ts";
import { fitCustomers } from "../../src/lib/prepare/fit.ts";
import { test } from "../support/source-folder.ts";
import { growth, weighedDatabase } from "../support/weighed-database.ts";

test("twice the categorical columns are asked for in twice the SQL", async ({ root }) => {
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "parquet:customers.parquet" },
  });
  const path = join(root, "customers.parquet");
  const lengthsOf = async (columns: number) => {
    const names = Array.from({ length: columns }, (_, k) => `t${k}`);
    await using open = await openDatabase();
    const each = names.map((name, k) => `, 'v' || (i * ${k + 1}) % 10 AS ${name}`);
    await writeParquet(
      open,
      { sql: `SELECT i AS id, i % 3 = 0 AS churned${each.join("")} FROM range(200) AS r(i)` },
      path,
    );
    const { db, lengths } = weighedDatabase(open);
    const texts = names.map((name) => ({ name, type: "VARCHAR", kind: "categorical" as const, unused: null }));
    const id = { name: "id", type: "BIGINT", kind: "numeric", unused: null } as const;
    const churned = { name: "churned", type: "BOOLEAN", kind: "boolean", unused: null } as const;
    const { preprocessing } = await fitCustomers(db, {
      customersPath: path,
      columns: customerColumns([id, churned, ...texts], config.dataset),
      config,
    });
    expect(preprocessing.one_hot).toHaveLength(columns);
    await rm(path);
    return lengths;
  };
  const grown = growth(await lengthsOf(60), await lengthsOf(120), await lengthsOf(0));
  expect(grown.statements).toBeLessThan(2.2);
  expect(grown.length).toBeLessThan(2.2);
});
