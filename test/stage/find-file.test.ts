import { expect } from "vitest";
import { findFile } from "../../src/lib/stage/find-file.ts";
import { writeRemoved } from "../../src/lib/stage/removed.ts";
import { extracted, test } from "../support/small-pipeline.ts";

const NIGHT = "2026-11-23";
const table = `raw/${NIGHT}/table.parquet`;

test("a file is found as its record has it, else as it is", async ({ small }) => {
  const { outputs } = await extracted(small, NIGHT);
  await small.store.write(table, "other rows");
  expect(await findFile(small, table)).toMatchObject({ key: table, size_bytes: 6 });
  expect(await findFile(small, `records/${NIGHT}/extract.json`)).toMatchObject({
    key: `records/${NIGHT}/extract.json`,
  });

  await small.store.remove(table);
  const { table: reference } = outputs;
  const sha256 = reference?.kind === "file" ? reference.sha256 : "";
  const removed = { key: table, size_bytes: 6, sha256, removed_at: "2026-12-24T05:00:00.000Z", limit: "--keep 30d" };
  await writeRemoved(small, NIGHT, { finished: [], files: [removed] });
  await expect(findFile(small, table)).rejects.toMatchObject({
    exitCode: 4,
    message: `${table} was removed by churn gc on 2026-12-24`,
  });
});

test("a mistyped key is told what was meant, and a folder which files it has", async ({ small }) => {
  await extracted(small, NIGHT);
  await expect(findFile(small, `raw/${NIGHT}/tabel.parquet`)).rejects.toMatchObject({
    exitCode: 4,
    message: `there is no raw/${NIGHT}/tabel.parquet in the store`,
    hint: `did you mean ${table}?`,
  });
  await expect(findFile(small, "raw/2026-11-32/table.parquet")).rejects.toMatchObject({
    hint: `there are raw/${NIGHT}`,
  });
  await expect(findFile(small, `raw/${NIGHT}`)).rejects.toMatchObject({
    exitCode: 2,
    hint: `its files: raw/${NIGHT}/counted.json, ${table}`,
  });
});
