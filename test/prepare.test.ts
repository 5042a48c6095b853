import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import {
  customersTest,
  customersTrain,
  featureList,
  preprocessing,
  trainMatrix,
} from "../src/lib/artifacts/artifacts.ts";
import type { configSchema } from "../src/lib/config/schema.ts";
import { dataNight, writeDuckdb } from "./support/data-night.ts";
import { DATE, ID, LABEL, LABEL_KINDS, type NastyTable, nastyTable } from "./support/nasty-table.ts";

const STAGES = ["extract", "validate", "transform", "features"] as const;
const column = z.object({ column_name: z.string() }).transform(({ column_name }) => column_name);

async function nastyNight(table: NastyTable, config: Partial<z.input<typeof configSchema>> = {}) {
  const night = await dataNight({
    dataset: {
      id: ID,
      date: table.date === "none" ? null : DATE,
      target: { column: LABEL, positive: LABEL_KINDS[table.label].positive },
      // More than half of the texts differ.
      types: { "three thousand": "categorical" },
    },
    source: { url: "duckdb:customers.duckdb", table: "customers" },
    transform: {
      derive: { 'per "month"': '"order by" / (tenure + 1)', "is vip": "CASE WHEN vip THEN 'yes' ELSE 'no' END" },
    },
    ...config,
  });
  await writeTable(night.root, table);
  return night;
}

async function writeTable(root: string, table: NastyTable) {
  await rm(join(root, "customers.duckdb"), { force: true });
  await writeDuckdb(join(root, "customers.duckdb"), `CREATE TABLE customers AS ${nastyTable(table)}`);
}

// All kinds of ids, labels and dates go through two nights of the built program: test/program/other-tables/nasty-table.test.ts.
test.each([
  { seed: 2, rows: 1000, id: "integer", label: "oneZero", date: "TIMESTAMP" },
  { seed: 4, rows: 1000, id: "accented", label: "boolean", date: "none" },
] satisfies NastyTable[])("35 awkward columns become a matrix: %j", async (table) => {
  await using night = await nastyNight(table);
  await night.run(...STAGES);

  const { features } = await night.read(featureList);
  const numbers = [
    "select",
    "order by",
    "tenure",
    "charges in €",
    "total",
    "big",
    "huge",
    "sometimes nan",
    "vip",
    "newsletter",
    "semi;colon",
    "a.b",
  ];
  expect(features.slice(0, numbers.length)).toEqual(numbers);
  expect(features).toContain('per "month"');
  expect(features).toContain("plan_Gold, old");
  expect(features).toContain("brackets__script>alert(1)_/script>");
  expect(features).toContain("empty or null_");
  expect(features).toContain("three thousand_other");
  expect(features).toContain("is vip_yes");
  const unused = ["id_text", "one value", "constant", "all null text", "all null number", "tab\there"];
  for (const never of ["tags", "address", "photo", "clock", "signed up", ...unused, DATE, ID, LABEL]) {
    expect(features.filter((name) => name === never || name.startsWith(`${never}_`))).toEqual([]);
  }
  const names = await night.rows(`DESCRIBE FROM '${night.path(trainMatrix)}'`, column);
  expect(names).toEqual([ID, ...features, LABEL]);
});

test("each one-hot column of the train side sums to its category's count, whatever the text", async () => {
  await using night = await nastyNight({ seed: 6, rows: 1200, id: "integer", label: "yesNo", date: "none" });
  await night.run("extract", "validate", "transform");
  const recipe = await night.read(preprocessing);
  for (const artifact of [customersTrain, customersTest]) {
    const file = `'${night.path(artifact)}'`;
    for (const { column: name, categories } of recipe.one_hot) {
      if (categories.length > 60) continue;
      const quoted = `"${name}"`;
      const sums = categories.map((category) => `sum("${category.name.replaceAll('"', '""')}")::INT`);
      const counts = categories.map(
        ({ value }) => `count(*) FILTER (WHERE ${quoted} = '${value.replaceAll("'", "''")}')::INT`,
      );
      if (categories.length === 0) continue;
      const [row] = await night.rows(
        `SELECT [${sums.join(", ")}]::VARCHAR AS sums, [${counts.join(", ")}]::VARCHAR AS counts FROM ${file}`,
        z.object({ sums: z.string(), counts: z.string() }),
      );
      expect(row?.sums).toBe(row?.counts);
    }
  }
});

test("the files are the same bytes when the source delivers the rows in another order", async () => {
  const digests = new Set<string>();
  for (const order of ["i", "hash(i)"]) {
    await using night = await nastyNight({ seed: 7, rows: 1200, id: "integer", label: "yesNo", date: "DATE" });
    await writeDuckdb(
      join(night.root, "again.duckdb"),
      `ATTACH '${join(night.root, "customers.duckdb")}' AS first (READ_ONLY)`,
      `CREATE TABLE customers AS SELECT * FROM (FROM first.customers) ORDER BY ${order === "i" ? 'tenure, "big"' : "big"}`,
      "DETACH first",
    );
    night.config = { ...night.config, source: { url: "duckdb:again.duckdb", table: "customers" } };
    await night.run(...STAGES);
    for (const artifact of [customersTrain, customersTest, trainMatrix, preprocessing, featureList]) {
      digests.add(
        createHash("sha256")
          .update(await readFile(night.path(artifact)))
          .digest("hex"),
      );
    }
  }
  expect(digests.size).toBe(5);
});

test("more than a thousand categories may all have a column", async () => {
  await using night = await nastyNight(
    { seed: 8, rows: 2500, id: "integer", label: "yesNo", date: "none" },
    { transform: { max_categories: 5000 } },
  );
  const types = { "three thousand": "categorical", sixty: "ignore" } as const;
  night.config = { ...night.config, dataset: { ...night.config.dataset, types } };
  const { record } = await night.run("extract", "validate", "transform", "features");
  expect(record.result).toMatchObject({ n_features: expect.any(Number) });
  const { features } = await night.read(featureList);
  expect(features.filter((name) => name.startsWith("three thousand_")).length).toBeGreaterThan(1000);
});
