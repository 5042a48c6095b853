import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { readSource, test } from "../support/source-folder.ts";

test("a file is not whole before its last byte is there, and whole with it", async ({ root }) => {
  await using db = await openDatabase();
  await db.run(`COPY (SELECT 1 AS id) TO '${root}/whole.parquet'`);
  const whole = await readFile(join(root, "whole.parquet"));
  expect((await readSource({ url: "parquet:whole.parquet" }, root)).rows).toEqual([{ id: 1 }]);
  await mkdir(join(root, "out"));
  await writeFile(join(root, "out/a.parquet"), whole);
  for (const length of [0, 1, 3, 4, 8, 11, 12, 20, whole.length - 5, whole.length - 1]) {
    await writeFile(join(root, "out/b.parquet"), whole.subarray(0, length));
    await expect(readSource({ url: "parquet:out/*.parquet" }, root), `${length} bytes`).rejects.toMatchObject({
      exitCode: 75,
      message: `source.url: out/b.parquet is not whole: ${length === 0 ? "it is empty" : "its end is missing"}`,
      hint: "run it again once it is written",
    });
  }
});

test("a file that never was Parquet is another mistake", async ({ root }) => {
  await writeFile(join(root, "text.parquet"), "id,plan\n1,gold\n");
  await writeFile(join(root, "x.parquet"), "PAX");
  await writeFile(join(root, "secret.parquet"), "PARE, the rest of it is encrypted, and so is its footer: PARE");
  const cases = [
    ["text.parquet", "source.url: text.parquet is not a Parquet file"],
    ["x.parquet", "source.url: x.parquet is not a Parquet file"],
    ["secret.parquet", "source.url: secret.parquet is encrypted Parquet"],
  ] as const;
  for (const [file, message] of cases) {
    await expect(readSource({ url: `parquet:${file}` }, root)).rejects.toMatchObject({ exitCode: 2, message });
  }
});

test("what a Spark job leaves beside its parts is no part", async ({ root }) => {
  await using db = await openDatabase();
  await mkdir(join(root, "out/_temporary/0"), { recursive: true });
  for (const part of ["part-00000-7c.snappy.parquet", "part-00001-7c.snappy.parquet", "_temporary/0/part-2.parquet"]) {
    await db.run(`COPY (SELECT '${part}' AS part) TO '${root}/out/${part}' (FORMAT parquet)`);
  }
  for (const name of [
    "_SUCCESS",
    "._SUCCESS.crc",
    ".part-00000-7c.snappy.parquet.crc",
    "_metadata",
    "_common_metadata",
  ]) {
    await writeFile(join(root, "out", name), "no Parquet");
  }
  for (const place of ["out", "out/", "out/*", "out/*.parquet", "o*/*.parquet", "**/*.parquet"]) {
    const { rows } = await readSource({ url: `parquet:${place}` }, root);
    expect(rows, place).toEqual([{ part: "part-00000-7c.snappy.parquet" }, { part: "part-00001-7c.snappy.parquet" }]);
  }
});
