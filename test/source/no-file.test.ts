import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Config } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { test } from "../support/source-folder.ts";

const wait = { for: "2h", every: "5m" };

/** What a source without files says of a date, while it is the 23rd. */
async function said(root: string, source: Config["source"], date: string) {
  await using db = await openDatabase();
  const [opened] = await Promise.allSettled([
    openSource(source, root).open(db, { date, today: "2026-11-23", text: [] }),
  ]);
  if (opened.status === "fulfilled") throw new Error("it has files");
  return opened.reason;
}

test.for<Config["source"]>([
  { url: "parquet:exports/*.parquet" },
  { url: "csv:customers.csv" },
  { url: "duckdb:customers.duckdb", table: "customers" },
])("today's file may come where source.wait says so: %o", async (source, { root }) => {
  expect(await said(root, { ...source, wait }, "2026-11-23")).toMatchObject({
    exitCode: 75,
    message: expect.stringMatching(/^source\.url: there is no file /),
    hint: "once it is there:\nchurn run-all --date 2026-11-23",
  });
  const mistake = { exitCode: 2, hint: expect.stringMatching(/^it is looked for at /) };
  expect(await said(root, { ...source, wait }, "2026-11-22")).toMatchObject(mistake);
  expect(await said(root, source, "2026-11-23")).toMatchObject(mistake);
});

test("an empty folder may be filled today, and is a mistake for a past date", async ({ root }) => {
  await mkdir(join(root, "out"));
  expect(await said(root, { url: "csv:out" }, "2026-11-23")).toMatchObject({ exitCode: 75 });
  expect(await said(root, { url: "csv:out" }, "2026-11-22")).toMatchObject({
    exitCode: 2,
    message: "source.url: out is empty",
    hint: `it is looked for at ${join(root, "out")}`,
  });
});
