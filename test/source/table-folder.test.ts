import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { readSource, test } from "../support/source-folder.ts";

/** A folder of two Parquet parts, and empty files besides. */
async function writeTable(root: string, parts: readonly string[], others: readonly string[]): Promise<void> {
  await using db = await openDatabase();
  for (const name of [...parts, ...others]) await mkdir(dirname(join(root, name)), { recursive: true });
  for (const part of parts) await db.run(`COPY (SELECT 1 AS id) TO '${root}/${part}' (FORMAT parquet)`);
  for (const name of others) await writeFile(join(root, name), "");
}

test("a folder that Spark still writes to is not read, nor are its partitions", async ({ root }) => {
  await writeTable(root, ["out/day=2026-11-22/part-0.parquet"], ["out/_temporary/0/x"]);
  for (const place of [
    "out",
    "out/*/*.parquet",
    "out/day=*",
    "out/day=2026-11-22",
    "out/day=2026-11-22/*",
    "**/*.parquet",
  ]) {
    await expect(readSource({ url: `parquet:${place}` }, root), place).rejects.toMatchObject({
      exitCode: 75,
      message: `source.url: ${place} is still being written: ${root}/out has _temporary and no _SUCCESS`,
      hint: "run it again once it is whole; what a job that died has left there is to be removed",
    });
  }
  expect((await readSource({ url: "parquet:out/day=2026-11-22/part-0.parquet" }, root)).rows).toEqual([{ id: 1 }]);
  await writeFile(join(root, "out/_SUCCESS"), "");
  expect((await readSource({ url: "parquet:out/*/*.parquet" }, root)).rows).toMatchObject([{ id: 1 }]);
});

test("partitions that Spark replaces one by one are waited for", async ({ root }) => {
  await writeTable(root, ["out/day=2026-11-22/part-0.parquet"], ["out/.spark-staging-7/x"]);
  await expect(readSource({ url: "parquet:out" }, root)).rejects.toMatchObject({ exitCode: 75 });
});

test.for([
  [
    "Delta Lake",
    ["t/day=1/a.parquet", "t/day=2/b.parquet"],
    ["t/_delta_log/0.json"],
    ["t", "t/*/*.parquet", "t/day=1/*"],
  ],
  ["Apache Hudi", ["t/day=1/a.parquet"], ["t/.hoodie/hoodie.properties"], ["t", "t/day=*/*.parquet", "t/day=1"]],
  [
    "Apache Iceberg",
    ["t/data/day=1/a.parquet"],
    ["t/metadata/v1.metadata.json"],
    ["t", "t/data", "t/data/day=1/*.parquet", "t/data/*/*.parquet", "**/*.parquet"],
  ],
] as const)(
  "a table of %s is refused, since its folder holds old rows too",
  async ([format, parts, log, places], { root }) => {
    await writeTable(root, parts, log);
    for (const place of places) {
      await expect(readSource({ url: `parquet:${place}` }, root), place).rejects.toMatchObject({
        exitCode: 2,
        message: `source.url: ${place} is a table of ${format}: its folder holds rows too that were deleted or replaced`,
        hint: `have its present rows exported to a folder of their own, by what reads ${format} (in Spark: df.write.parquet)`,
      });
    }
  },
);

test("folders that are only called so are read", async ({ root }) => {
  await writeTable(root, ["t/data/a.parquet", "data/b.parquet"], ["t/metadata/readme.txt"]);
  expect((await readSource({ url: "parquet:t/data" }, root)).rows).toEqual([{ id: 1 }]);
  expect((await readSource({ url: "parquet:data/*.parquet" }, root)).rows).toEqual([{ id: 1 }]);
});
