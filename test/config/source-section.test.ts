import { expect, test } from "vitest";
import type * as z from "zod";
import { sourceSection } from "../../src/lib/config/source-section.ts";

/** What is said against a section, a line a problem; nothing where all is well. */
const problems = (section: z.input<typeof sourceSection> | Record<string, unknown>) =>
  (sourceSection.safeParse(section).error?.issues ?? []).map(({ message }) => message);
const SERVER = "postgres://ann@db/shop";
const COMMAND = { command: ["bq", "query"], format: "csv" };

test.each([
  { url: "duckdb:customers.duckdb", table: "customers" },
  { url: "csv:c.csv", csv: { delimiter: ";" }, require: "_SUCCESS" },
  { url: "parquet:~/c/*.parquet" },
  { url: "parquet:s3://b12/exports/dt={date}/*.par?uet", require: "_SUCCESS" },
  { url: "csv:s3://b12/c.csv", csv: { delimiter: ";" }, query: "FROM customers", files: ["lists"] },
  { url: SERVER, table: "crm.customers", ready: "SELECT true", timeout: "2h", memory: "1GB" },
  { url: "mariadb://ann@db/shop", query: "SELECT {date}", wait: { for: "2h" } },
  // What would be another user's home, or a variable, in a file's path is a sign of an address like any other.
  { url: "postgres://~ann:$x@db/shop", table: "t" },
  { ...COMMAND, env: ["GOOGLE_APPLICATION_CREDENTIALS"], limit: 100, timeout: "90s", csv: { delimiter: ";" } },
])("%o is a source", (section) => {
  expect(problems(section)).toEqual([]);
});

test("where nothing is said of it, customers are looked for every five minutes", () => {
  expect(sourceSection.parse({ url: "csv:c.csv", wait: { for: "2h" } }).wait).toEqual({ for: "2h", every: "5m" });
  expect(problems({ url: "csv:c.csv", wait: { for: "2h", every: "0s" } })).toEqual(["a duration above 0s"]);
  expect(problems({ ...COMMAND, timeout: "0s" })).toEqual(["a duration above 0s"]);
  expect(problems({ url: "csv:c.csv", wait: {} })).toHaveLength(1);
});

test.each<[section: Record<string, unknown>, ...says: string[]]>([
  [{}, "source needs a url, or a command that gives the customers"],
  [{ ...COMMAND, url: "csv:c.csv" }, "source has both a url and a command, leave one out"],
  [{ url: SERVER }, "source needs a table or a query, since its url is a server's"],
  [{ url: "duckdb:c.duckdb" }, "source needs a table or a query, since its url is a duckdb: file"],
  [{ url: SERVER, table: "t", query: "SELECT 1" }, "source has both a table and a query, leave one out"],
  [{ command: ["bq"] }, "source.format must say what the command gives: parquet, csv or jsonl"],
  [{ command: [] }],
  [{ command: [""], format: "csv" }, "a program and its words, such as [bq, query]"],
  [{ ...COMMAND, table: "t" }, "source.table belongs to a url"],
  [{ ...COMMAND, query: "SELECT 1" }, "source.query belongs to a url"],
  [{ ...COMMAND, ready: "SELECT true" }, "source.ready belongs to a database"],
  [{ ...COMMAND, require: "_SUCCESS" }, "source.require belongs to a url of files"],
  [{ url: SERVER, table: "t", require: "_SUCCESS" }, "source.require belongs to a url of files"],
  [{ url: SERVER, table: "t", files: ["a"] }, "source.files belongs to a url of files"],
  [{ url: SERVER, table: "t", format: "csv" }, "source.format belongs to a command"],
  [{ url: SERVER, table: "t", env: ["A"] }, "source.env belongs to a command"],
  [{ url: "csv:c.csv", limit: 5 }, "source.limit belongs to a command"],
  [{ url: "csv:c.csv", timeout: "1h" }, "source.timeout belongs to a server or a command"],
  [{ url: SERVER, table: "t", timeout: "0m" }, "a duration above 0s"],
  [{ url: "csv:c.csv", ready: "SELECT true" }, "source.ready belongs to a database"],
  [{ url: "parquet:c", csv: {} }, "source.csv says how csv: files are written, and its url is another"],
  [{ ...COMMAND, env: ["A B"] }, "a variable's name"],
  [{ url: SERVER, table: "t", memory: "much" }, "a size, such as 1GB"],
  [{ url: SERVER, table: "t", memory: "0GB" }, "a size above 0"],
  [{ url: "csv:c.csv", require: "a/b" }, "a file's name, without a folder"],
  [{ url: "csv:c.csv", require: ".." }, "a file's name, without a folder"],
  [
    { url: "csv:https://a/c.csv" },
    "a kind and a path, such as duckdb:customers.duckdb, or a postgres:// or mysql:// address",
  ],
  [
    { url: "oracle://db/shop" },
    "a kind and a path, such as duckdb:customers.duckdb, or a postgres:// or mysql:// address",
  ],
  ...["s3://b12/c.csv", "sqlite:s3://b12/c", "csv:s3a://b12/c.csv", "csv:s3://b12/../c.csv"].map(
    (url): [Record<string, unknown>, string] => [
      { url },
      "parquet:, csv: or jsonl: and s3://BUCKET/FILES, in plain letters, without . or .. as a folder",
    ],
  ),
  [{ url: "jsonl:s3://b12/c", ready: "SELECT true" }, "source.ready belongs to a database"],
  [{ url: "csv:~ann/c.csv" }, "a path that begins with no ~ of another user and no variable but $HOME"],
])("%o is none", (section, ...says) => {
  const said = problems(section);
  expect(said.length).toBeGreaterThan(0);
  if (says.length > 0) expect(said).toEqual(says);
});

test("memory is a size as DuckDB writes them", () => {
  for (const memory of ["1GB", "512 MB", "1.5GiB", "800mb", "1TB"])
    expect(problems({ url: "csv:c.csv", memory }), memory).toEqual([]);
  for (const memory of ["1", "GB", "-1GB", "1 GB; SET x", "50%"])
    expect(problems({ url: "csv:c.csv", memory }), memory).toEqual(["a size, such as 1GB"]);
});
