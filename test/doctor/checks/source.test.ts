import { mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import * as z from "zod";
import { source } from "../../../src/lib/doctor/checks/source.ts";
import { foundBy, NOW, writeWorkspace } from "../../support/doctor.ts";
import { startFaultyS3 } from "../../support/faulty-s3.ts";
import { test } from "../../support/folder.ts";

const dated = "timezone: UTC\n";
const withDate = ["dataset.date=day"];

test("a table is named with its rows for today, or all where it shows the current state", async ({ folder }) => {
  await writeWorkspace(folder, dated);
  expect(await foundBy(source, folder, { set: withDate })).toEqual([
    { state: "ok", text: "customers.duckdb, table customers, 2 rows for today" },
  ]);
  expect(await foundBy(source, folder)).toEqual([{ state: "ok", text: "customers.duckdb, table customers, 2 rows" }]);
  const query = "source={url: 'duckdb:customers.duckdb', query: 'SELECT * FROM customers WHERE day = {date}'}";
  expect(await foundBy(source, folder, { set: [query] })).toEqual([
    { state: "ok", text: "customers.duckdb, source.query, 2 rows for today" },
  ]);
});

test("files are named by what they are", async ({ folder }) => {
  await writeWorkspace(folder, dated);
  await writeFile(join(folder, "c.csv"), "customer_id,churned,day\n1,true,2026-11-23\n2,false,2026-11-22\n");
  expect(await foundBy(source, folder, { set: ["source={url: 'csv:c.csv'}", ...withDate] })).toEqual([
    { state: "ok", text: "c.csv, 1 row for today" },
  ]);
});

test("a day that isn't there yet is a warning, and so is one that isn't complete", async ({ folder }) => {
  await writeWorkspace(folder, dated);
  const now = new Date("2026-11-24T05:00:00Z");
  expect(await foundBy(source, folder, { set: withDate, now })).toEqual([
    { state: "ok", text: "customers.duckdb, table customers: its table is right" },
    {
      state: "warning",
      text: "no snapshot for today, 2026-11-24, in customers.duckdb yet (the newest is 2026-11-23)",
      next: ["once it is there:", "churn run-all --date 2026-11-24"],
    },
  ]);
  const ready = [...withDate, "source.ready=SELECT false"];
  expect(await foundBy(source, folder, { set: ready })).toEqual([
    { state: "ok", text: "customers.duckdb, table customers, 2 rows for today" },
    expect.objectContaining({ state: "warning", text: expect.stringContaining("source.ready says no") }),
  ]);
});

describe("a problem of extract is", () => {
  const problem = (text: string, exitCode = 2) =>
    expect.objectContaining({ state: "problem", exitCode, stage: "extract", text: expect.stringContaining(text) });

  test("a file, a table or a column that isn't there, and a column that is no date", async ({ folder }) => {
    await writeWorkspace(folder, dated);
    const found = (...set: string[]) => foundBy(source, folder, { set });
    expect(await found("source.url=duckdb:gone.duckdb")).toEqual([problem("there is no file gone.duckdb")]);
    expect(await found("source.table=clients")).toEqual([problem("clients")]);
    expect(await found("dataset.id=number")).toEqual([problem("has no column number")]);
    expect(await found("dataset.date=churned")).toEqual([problem("churned is of type BOOLEAN")]);
  });

  test("a server that isn't there, or doesn't answer in time", async ({ folder }) => {
    await writeWorkspace(folder, dated);
    const at = (port: number) => [
      `source={url: 'postgres://me@127.0.0.1:${port}/shop?sslmode=disable', table: customers}`,
    ];
    expect(await foundBy(source, folder, { set: at(1) })).toEqual([problem("nothing listens at 127.0.0.1:1", 5)]);
    // One that accepts and says nothing.
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = z.object({ port: z.int() }).parse(server.address());
    try {
      expect(await foundBy(source, folder, { set: at(port), seconds: 0.5 })).toEqual([
        {
          state: "problem",
          exitCode: 5,
          stage: "extract",
          text: `postgres://127.0.0.1:${port}/shop doesn't answer within 0.5 s`,
          next: ["churn doctor --timeout 60s waits longer"],
        },
      ]);
    } finally {
      server.close();
    }
  });

  test("a command's program that isn't there", async ({ folder }) => {
    await writeWorkspace(folder, dated);
    const set = ["source={command: [no-such-program], format: csv}"];
    expect(await foundBy(source, folder, { set })).toEqual([problem("there is no program no-such-program")]);
  });
});

test("a command is not run, and a bucket's objects are not fetched", async ({ folder }) => {
  await writeWorkspace(folder, dated);
  const command = ["source={command: [sh, '-c', 'touch ran'], format: csv}"];
  expect(await foundBy(source, folder, { set: command })).toEqual([
    { state: "ok", text: "command sh: its program is there, and is not run here" },
  ]);
  await using server = await startFaultyS3();
  server.objects("bucket").set("exports/c.parquet", Buffer.from("no Parquet"));
  const set = ["source={url: 'parquet:s3://bucket/exports/*.parquet'}", `s3.endpoint=${server.endpoint}`];
  const env = { ...server.env };
  expect(await foundBy(source, folder, { set, env })).toEqual([
    { state: "ok", text: "s3://bucket/exports/*.parquet: its objects can be listed, and are not fetched here" },
  ]);
  expect(server.count({ method: "GET", key: /exports/ })).toBe(0);
  expect((await readdir(folder)).sort()).toEqual(["churn.yaml", "customers.duckdb"]);
});

test("what takes longer than there is time is given up, and is no problem by itself", async ({ folder }) => {
  await writeWorkspace(folder, dated);
  const slow = "SELECT * FROM customers WHERE (SELECT count(*) FROM range(100000000000) AS n(i) WHERE i % 7 = 3) > 0";
  const set = [`source={url: 'duckdb:customers.duckdb', query: '${slow}'}`];
  expect(await foundBy(source, folder, { set, seconds: 1 })).toEqual([
    {
      state: "warning",
      text: "counting today's rows in customers.duckdb, source.query takes longer than 1 s",
      next: ["churn doctor --timeout 60s waits longer"],
    },
  ]);
});

test("today is that of the configured time zone", async ({ folder }) => {
  await writeWorkspace(folder, "timezone: Pacific/Kiritimati\n");
  await mkdir(join(folder, "unused"));
  const found = await foundBy(source, folder, { set: withDate, now: new Date(NOW.getTime() - 15 * 3_600_000) });
  expect(found).toEqual([{ state: "ok", text: "customers.duckdb, table customers, 2 rows for today" }]);
});
