import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import * as z from "zod";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { isKeyValue, partitionColumns, withPartitions } from "../../src/lib/source/partitions.ts";
import { readSource, test } from "../support/source-folder.ts";

/** Writes a row of SQL a file: Parquet, CSV or JSON lines by the file's name. */
async function write(root: string, rows: Readonly<Record<string, string>>): Promise<void> {
  await using db = await openDatabase();
  for (const [name, row] of Object.entries(rows)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    const format = { csv: "csv", jsonl: "json" }[name.replace(/.*\./, "")] ?? "parquet";
    await db.run(`COPY (SELECT ${row}) TO ${literal(join(root, name))} (FORMAT ${format})`);
  }
}

test.for(["parquet", "csv", "jsonl"])(
  "the folders' columns stand behind those of %s files, by type",
  async (kind, { root }) => {
    await write(root, {
      [`out/day=2026-11-22/plan=gold/month=01/n=7/a.${kind}`]: "1 AS id",
      [`out/day=2026-11-23/plan=__HIVE_DEFAULT_PARTITION__/month=12/n=__HIVE_DEFAULT_PARTITION__/a.${kind}`]: "2 AS id",
    });
    expect(await readSource({ url: `${kind}:out` }, root, ["id"])).toMatchObject({
      columns: [
        { name: "id" },
        { name: "day", type: "DATE" },
        { name: "plan", type: "VARCHAR" },
        { name: "month", type: "BIGINT" },
        { name: "n", type: "BIGINT" },
      ],
      rows: [
        { day: new Date("2026-11-22"), plan: "gold", month: 1, n: 7 },
        { day: new Date("2026-11-23"), plan: null, month: 12, n: null },
      ],
    });
  },
);

test("what Spark and DuckDB write as %41 in a folder's name is read as they mean it", async ({ root }) => {
  const values = ["a/b", "50%", "x:y=z", "für", "'", "%zz", "%FF", "a b"];
  const folders = ["a%2Fb", "50%25", "x%3Ay%3Dz", "f%C3%BCr", "%27", "%zz", "%FF", "a b"];
  for (const [index, folder] of folders.entries())
    await write(root, { [`out/a%20b=${folder}/a.csv`]: `${index} AS id` });
  const { rows } = await readSource({ url: "csv:out/*/*.csv" }, root);
  expect(rows.map((row) => row["a b"])).toEqual(values);
});

test("the folders of a partitioned table of DuckDB's are read back as they were", async ({ root }) => {
  await using db = await openDatabase();
  const values = "['gold', 'a/b', 'x y', '1%', 'ü', NULL]";
  await db.run(
    `COPY (SELECT i AS id, ${values}[i] AS plan, i * 2 AS n FROM range(1, 7) AS r(i)) TO '${root}/out' (FORMAT parquet, PARTITION_BY (plan, n))`,
  );
  const { rows } = await readSource({ url: "parquet:out" }, root);
  expect(rows.map(({ id, plan, n }) => [id, plan, n])).toEqual([
    [1, "gold", 2],
    [2, "a/b", 4],
    [3, "x y", 6],
    [4, "1%", 8],
    [5, "ü", 10],
    [6, null, 12],
  ]);
});

test.each([
  [["1", "-7", "9223372036854775807"], "BIGINT"],
  [["1", "9223372036854775808"], "VARCHAR"],
  [["1", "2.5"], "VARCHAR"],
  [["2026-11-23", "2024-02-29"], "DATE"],
  [["2026-11-23", "2026-02-29"], "VARCHAR"],
  [["2026-11-23", "2026-11-23 00:00:00"], "VARCHAR"],
  [["2026-11-23", "7"], "VARCHAR"],
  [[""], "VARCHAR"],
  [["__HIVE_DEFAULT_PARTITION__"], "VARCHAR"],
])("values %j are %s", (values, type) => {
  const files = values.map((value) => `/srv/out/v=${value}/a.csv`);
  expect(partitionColumns("/srv/out", files, "out")).toMatchObject([{ name: "v", type }]);
});

test("columns that are text whatever they look like are text in a folder's name too", async ({ root }) => {
  await write(root, { "out/code=007/a.parquet": "1 AS id" });
  expect((await readSource({ url: "parquet:out" }, root)).rows).toEqual([{ id: 1, code: 7 }]);
  expect((await readSource({ url: "parquet:out" }, root, ["code"])).rows).toEqual([{ id: 1, code: "007" }]);
});

test("a folder stands for the column of its name in the files, as with Spark, where they say the same", async ({
  root,
}) => {
  await write(root, {
    "out/Day=2026-11-22/plan=1/a.parquet": "1 AS id, TIMESTAMP '2026-11-22 10:00' AS day, '1' AS plan, 7 AS n",
    "out/Day=2026-11-23/plan=2/a.parquet": "2 AS id, NULL::TIMESTAMP AS day, '2' AS plan, 7 AS n",
  });
  expect(await readSource({ url: "parquet:out/*/*/*.parquet" }, root)).toMatchObject({
    columns: [
      { name: "id", type: "INTEGER" },
      { name: "day", type: "DATE" },
      { name: "plan", type: "BIGINT" },
      { name: "n", type: "INTEGER" },
    ],
    rows: [
      { id: 1, day: new Date("2026-11-22"), plan: 1 },
      { id: 2, day: new Date("2026-11-23"), plan: 2 },
    ],
  });
  await write(root, { "out/Day=2026-11-24/plan=3/a.parquet": "3 AS id, TIMESTAMP '2026-11-24' AS day, '4' AS plan" });
  await expect(readSource({ url: "parquet:out/*/*/*.parquet" }, root)).rejects.toMatchObject({
    exitCode: 2,
    message: `source.url: out/*/*/*.parquet can't be read as Parquet: a file's own column says something else than its folder: plan, in ${root}/out/Day=2026-11-24/plan=3/a.parquet`,
    hint: "name the files so that the folder stands before the first wildcard: then it is no column",
  });
  // Above the first wildcard it is no column, and the file's own stands.
  const { rows } = await readSource({ url: "parquet:out/Day=2026-11-24/plan=3/*.parquet" }, root);
  expect(rows).toEqual([{ id: 3, day: new Date("2026-11-24"), plan: "4" }]);
});

test("folders that don't all give the same columns are refused", async ({ root }) => {
  await write(root, {
    "out/day=2026-11-22/a.csv": "1 AS id",
    "out/a.csv": "2 AS id",
    "twice/a=1/A=2/a.csv": "1 AS id",
  });
  const cases = [
    ["csv:out", "source.url: the folders of out don't all give the same columns: see a.csv and day=2026-11-22/a.csv"],
    ["csv:twice", "source.url: the folders of twice give a column twice: see a=1/A=2/a.csv"],
  ] as const;
  for (const [url, message] of cases) {
    await expect(readSource({ url }, root)).rejects.toMatchObject({ exitCode: 2, message });
  }
});

test("other days' files aren't opened", async ({ root }) => {
  const days = ["2026-11-22", "2026-11-23", "2026-11-24"];
  await write(root, Object.fromEntries(days.map((day) => [`day=${day}/a.parquet`, "1 AS id"])));
  const files = days.map((day) => join(root, `day=${day}/a.parquet`));
  const sql = `read_parquet([${files.map(literal).join(", ")}], hive_partitioning = false, filename = true)`;
  const relation = withPartitions(
    { sql, columns: [{ name: "id", type: "INTEGER" }] },
    partitionColumns(root, files, ""),
    [],
  );
  await using db = await openDatabase();
  const [plan] = await db.rows(
    `EXPLAIN FROM ${relation.sql} WHERE day = DATE '2026-11-23'`,
    z.looseObject({ explain_value: z.string() }),
  );
  expect(plan?.explain_value).toContain("Scanning Files: 1/3");
});

test("a folder below the root of all has a name of its own too", () => {
  expect(partitionColumns("/", ["/a=1/x.csv"], "/")).toMatchObject([{ name: "a", type: "BIGINT" }]);
  expect(["a=1", "a=", "=1", "a"].map(isKeyValue)).toEqual([true, true, false, false]);
});
