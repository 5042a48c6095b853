import { expect, test } from "vitest";
import { openSource } from "../../src/lib/source/open.ts";

test.each([
  [
    "oracle:x",
    "source.url: unknown kind of source oracle:, known are duckdb:, parquet:, csv:, jsonl:, postgres://, mysql://",
  ],
  [
    "customers.duckdb",
    "source.url: unknown kind of source customers.duckdb, known are duckdb:, parquet:, csv:, jsonl:, postgres://, mysql://",
  ],
  ["duckdb:", "source.url: duckdb: names no file"],
])("%s is no source", (url, message) => {
  expect(() => openSource({ url, table: "customers" }, "/srv/churn")).toThrow(
    expect.objectContaining({
      exitCode: 2,
      message,
      hint: "source: { url: duckdb:customers.duckdb, table: customers } in churn.yaml, or parquet:FILES, csv:FILES, jsonl:FILES, postgres://USER@HOST/DATABASE",
    }),
  );
});

test("a source is described without being opened, and only {date} in a query chooses the date", () => {
  const described = (query: string | undefined) => {
    const { description, choosesDate } = openSource({ url: "csv:export/*.csv", query }, "/nowhere");
    return { description, choosesDate };
  };
  expect(described(undefined)).toEqual({ description: "export/*.csv", choosesDate: false });
  expect(described("SELECT * FROM customers")).toEqual({ description: "export/*.csv", choosesDate: false });
  expect(described("SELECT {date}")).toEqual({ description: "export/*.csv", choosesDate: true });
});

test("a bucket's objects are a source of their kind, and {date} in their address chooses the date", () => {
  const { description, choosesDate } = openSource({ url: "parquet:s3://b12/c/dt={date}/" }, "/nowhere");
  expect({ description, choosesDate }).toEqual({ description: "s3://b12/c/dt={date}/", choosesDate: true });
  expect(openSource({ url: "csv:s3://b12/c/*.csv" }, "/nowhere").choosesDate).toBe(false);
});
