import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { requireWholeCompressed } from "../../src/lib/source/compressed.ts";
import { test } from "../support/source-folder.ts";

test.for(["gz", "zst"])("a .%s file is whole with its last byte and not before", async (ending, { root }) => {
  const file = join(root, `a.csv.${ending}`);
  await using db = await openDatabase();
  const compression = ending === "gz" ? "gzip" : "zstd";
  await db.run(
    `COPY (SELECT i, hash(i) AS h FROM range(20000) AS r(i)) TO '${file}' (FORMAT csv, COMPRESSION ${compression})`,
  );
  const whole = await readFile(file);
  await requireWholeCompressed(file, "a");
  await writeFile(file, Buffer.concat([whole, whole]));
  await requireWholeCompressed(file, "a");
  for (const length of [
    0,
    1,
    3,
    4,
    5,
    9,
    17,
    100,
    whole.length >> 1,
    whole.length - 9,
    whole.length - 4,
    whole.length - 1,
  ]) {
    await writeFile(file, whole.subarray(0, length));
    await expect(requireWholeCompressed(file, "a"), `${length} bytes`).rejects.toMatchObject({
      exitCode: 75,
      message: "source.url: a is not whole: its end is missing",
    });
  }
  await writeFile(file, "id,plan\n1,gold\n");
  await expect(requireWholeCompressed(file, "a")).rejects.toMatchObject({ exitCode: 2 });
});

test("a .gz file with a damaged byte is refused", async ({ root }) => {
  const file = join(root, "a.gz");
  const whole = gzipSync("id,plan\n1,gold\n".repeat(100));
  whole.writeUInt8(whole.readUInt8(whole.length - 6) ^ 1, whole.length - 6);
  await writeFile(file, whole);
  await expect(requireWholeCompressed(file, "a")).rejects.toMatchObject({
    exitCode: 2,
    message: "source.url: a is not gzip, or damaged",
  });
});

test("small, empty and runs: every frame of zstd is walked over", async ({ root }) => {
  const file = join(root, "a.zst");
  await using db = await openDatabase();
  for (const rows of ["SELECT 1 LIMIT 0", "SELECT 1", "SELECT repeat('a', 1000000)"]) {
    await db.run(`COPY (${rows}) TO '${file}' (FORMAT csv, COMPRESSION zstd)`);
    await requireWholeCompressed(file, "a");
  }
  // A frame that says nothing (RFC 8878, 3.1.2) stands before others.
  const skippable = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7]);
  await writeFile(file, Buffer.concat([skippable, await readFile(file)]));
  await requireWholeCompressed(file, "a");
  await writeFile(file, skippable.subarray(0, 9));
  await expect(requireWholeCompressed(file, "a")).rejects.toMatchObject({ exitCode: 75 });
});

test("a file that isn't called compressed isn't looked at", async () => {
  expect(await requireWholeCompressed("/nowhere/a.csv", "a")).toBeUndefined();
});
