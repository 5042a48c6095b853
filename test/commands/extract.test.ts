import { access, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import * as z from "zod";
import { extract } from "../../src/commands/extract.ts";
import { customers, validation } from "../../src/lib/artifacts/artifacts.ts";
import { makeSample } from "../../src/lib/sample/snapshots.ts";
import { csvSettings } from "../../src/lib/source/csv/settings.ts";
import { decidedColumn } from "../../src/lib/source/kinds.ts";
import { dataNight, writeDuckdb } from "../support/data-night.ts";

const telco = {
  dataset: { id: "customer_id", date: "snapshot_date", target: { column: "churned", positive: true } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
} as const;

/** A table of three customers on one day; the columns are made by SQL. */
const three = (columns: string) =>
  `CREATE TABLE customers AS SELECT i AS id, i = 1 AS churned, DATE '2026-11-23' AS day${columns === "" ? "" : `, ${columns}`} FROM range(3) AS r(i)`;
const small = {
  dataset: { id: "id", date: "day", target: { column: "churned" } },
  source: { url: "duckdb:customers.duckdb", table: "customers" },
};

test("the sample's snapshot of the date comes out typed and ordered", async () => {
  await using night = await dataNight(telco);
  await makeSample({ file: join(night.root, "customers.duckdb"), date: "2026-11-23" });
  const { record, line } = await night.run("extract");
  expect(line).toBe("7,043 customers from customers.duckdb");
  expect(record.result).toMatchObject({
    rows: 7043,
    source: "customers.duckdb",
    unreadable: {},
    columns: [
      { name: "snapshot_date", type: "DATE", kind: "date", unused: null },
      { name: "customer_id", type: "VARCHAR" },
      { name: "signup_date", type: "DATE", kind: "date", unused: "date" },
      { name: "tenure_months", type: "BIGINT", kind: "numeric", unused: null },
      { name: "monthly_charges", type: "DOUBLE" },
      { name: "total_charges", type: "DOUBLE" },
      { name: "contract_type", type: "VARCHAR" },
      { name: "payment_method", type: "VARCHAR" },
      { name: "churned", type: "BOOLEAN" },
    ],
  });
  const first = z.object({ id: z.string(), day: z.string() });
  expect(
    await night.rows(
      `SELECT customer_id AS id, max(snapshot_date) OVER ()::VARCHAR AS day FROM '${night.path(customers)}' LIMIT 2`,
      first,
    ),
  ).toEqual([
    { id: "C00000", day: "2026-11-23" },
    { id: "C00001", day: "2026-11-23" },
  ]);
});

test("what could not be read is null, counted and warned of", async () => {
  await using night = await dataNight({
    ...small,
    dataset: { ...small.dataset, types: { price: "numeric", vip: "boolean", since: "date", code: "categorical" } },
  });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    three(`['12.5', 'n/a', NULL][i + 1] AS price, ['Yes', 'no', 'perhaps'][i + 1] AS vip,
           ['2020-01-31', '2020-01-31 10:00:00', 'soon'][i + 1] AS since, i AS code`),
  );
  const { record } = await night.run("extract");
  expect(record.result).toMatchObject({ unreadable: { price: 1, vip: 1, since: 1 } });
  expect(night.warnings).toEqual([
    "price: 1 value could not be read and is null now",
    "vip: 1 value could not be read and is null now",
    "since: 1 value could not be read and is null now",
  ]);
  const rows = await night.rows(
    `SELECT * EXCLUDE (day, since), since::VARCHAR AS since FROM '${night.path(customers)}'`,
    z.unknown(),
  );
  expect(rows).toEqual([
    { id: 0, churned: false, price: 12.5, vip: true, code: "0", since: "2020-01-31 00:00:00" },
    { id: 1, churned: true, price: null, vip: false, code: "1", since: "2020-01-31 10:00:00" },
    { id: 2, churned: false, price: null, vip: null, code: "2", since: null },
  ]);
});

test("a time with a zone belongs to the day of the workspace's time zone", async () => {
  await using night = await dataNight({ ...small, timezone: "Europe/Berlin" });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS id, true AS churned, TIMESTAMPTZ '2026-11-22 22:30:00+00' + to_hours(i::INTEGER) AS day FROM range(3) AS r(i)`,
  );
  expect((await night.run("extract")).record.result).toMatchObject({ rows: 2 });
});

test("a date without customers ends the stage, and leaves no file", async () => {
  await using night = await dataNight(small);
  await writeDuckdb(join(night.root, "customers.duckdb"), three(""));
  night.date = "2026-11-20";
  await expect(night.run("extract")).rejects.toMatchObject({
    exitCode: 2,
    message: "no snapshot for 2026-11-20 in customers.duckdb (the newest is 2026-11-23)",
    hint: "once it is there:\nchurn run-all --date 2026-11-20",
  });
  await expect(access(night.path(customers))).rejects.toMatchObject({ code: "ENOENT" });
});

test("a table without a snapshot date is read whole", async () => {
  await using night = await dataNight({ ...small, dataset: { ...small.dataset, date: null } });
  await writeDuckdb(join(night.root, "customers.duckdb"), three(""));
  expect((await night.run("extract")).line).toBe("3 customers from customers.duckdb");
});

test("excluded columns stay in the source, ids lose their padding", async () => {
  await using night = await dataNight({ ...small, dataset: { ...small.dataset, exclude: ["e-mail"] } });
  await writeDuckdb(
    join(night.root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT 'Zoë ' || i || '   ' AS id, i = 1 AS churned, DATE '2026-11-23' AS day, 'a@b' AS "e-mail" FROM range(3) AS r(i)`,
  );
  await night.run("extract");
  expect(await night.rows(`SELECT id, churned FROM '${night.path(customers)}'`, z.unknown())).toEqual([
    { id: "Zoë 0", churned: false },
    { id: "Zoë 1", churned: true },
    { id: "Zoë 2", churned: false },
  ]);
  const columns = await night.rows(`DESCRIBE FROM '${night.path(customers)}'`, z.object({ column_name: z.string() }));
  expect(columns.map(({ column_name }) => column_name)).toEqual(["id", "churned", "day"]);
});

test("a query chooses rows by {date}, files by their wildcards", async () => {
  await using night = await dataNight({
    ...small,
    source: {
      url: "duckdb:customers.duckdb",
      query: "SELECT * FROM customers WHERE day = {date} AND id > 0 -- no test customer;",
    },
  });
  await writeDuckdb(join(night.root, "customers.duckdb"), three("' ' AS empty"));
  expect((await night.run("extract")).line).toBe("2 customers from customers.duckdb");

  await writeFile(join(night.root, "a.csv"), 'id,churned,day,plan\n007,true,2026-11-23,"gold, old"\n');
  await writeFile(join(night.root, "b.csv"), 'id,churned,day,plan\n8,,2026-11-23,""\n9,false,2026-11-23,\n');
  night.config = { ...night.config, source: { url: "csv:*.csv" } };
  expect((await night.run("extract")).line).toBe("3 customers from *.csv");
  expect(await night.rows(`SELECT id, churned, plan FROM '${night.path(customers)}'`, z.unknown())).toEqual([
    { id: "007", churned: true, plan: "gold, old" },
    { id: "8", churned: null, plan: "" },
    { id: "9", churned: false, plan: null },
  ]);
});

/** Replaces the table by one of 1,500 customers on a day; the columns are made by SQL over i. */
async function writeDay(root: string, day: string, columns: string) {
  await rm(join(root, "customers.duckdb"), { force: true });
  await writeDuckdb(
    join(root, "customers.duckdb"),
    `CREATE TABLE customers AS SELECT i AS id, i % 5 = 0 AS churned, DATE '${day}' AS day, ${columns} FROM range(1500) AS r(i)`,
  );
}

/** Runs the data stages of a night that decides, then extract and validate of the next one, with other columns. */
async function twoNights(first: string, second: string) {
  const night = await dataNight({ ...small, gates: { null_rate: false } });
  night.date = night.today = "2026-11-22";
  await writeDay(night.root, night.date, first);
  await night.run("extract", "validate");
  await night.decide();
  night.date = night.today = "2026-11-23";
  await writeDay(night.root, night.date, second);
  return night;
}

const decidedColumns = z.object({ columns: z.array(decidedColumn) });
const pick = z.object({ x: z.unknown() }).transform(({ x }) => x);

test("a column's kind is written down, and why it is not used; one line says so", async () => {
  await using night = await dataNight(small);
  await writeDay(
    night.root,
    night.date,
    `i AS row_id, 'c' || i || '@example.com' AS email, DATE '2020-01-01' + (i % 99)::INTEGER AS since, 7 AS seven,
     NULL::VARCHAR AS nothing, [i] AS tags, i % 7 AS months, ['a', 'b'][i % 2 + 1] AS plan`,
  );
  const { record } = await night.run("extract");
  const { columns } = decidedColumns.parse(record.result);
  expect(columns.map(({ name, kind, unused }) => [name, kind, unused])).toEqual([
    ["id", "numeric", null],
    ["churned", "boolean", null],
    ["day", "date", null],
    ["row_id", "ignore", "index"],
    ["email", "ignore", "unique text"],
    ["since", "date", "date"],
    ["seven", "numeric", "constant"],
    ["nothing", null, "no values"],
    ["tags", "ignore", "unknown type"],
    ["months", "numeric", null],
    ["plan", "categorical", null],
  ]);
  expect(extract.notes?.(extract.result.read(record.result, "the result"))).toEqual([
    "not used (index): row_id",
    "not used (unique text): email",
    "not used (date): since",
    "not used (constant): seven",
    "not used (no values): nothing",
    "not used (unknown type): tags",
  ]);
  await night.run("validate");
  expect((await night.read(validation)).columns).toEqual(columns);
});

test("a column that the night before called a category is one in whatever type it comes, with the same spelling", async () => {
  const codes = "1 + i % 3";
  for (const second of [
    `CASE WHEN i <> 77 THEN (${codes})::DOUBLE END`,
    `(${codes})::DECIMAL(9,2)`,
    `(${codes}) || '.0'`,
  ]) {
    await using night = await twoNights(`'A' || ${codes} AS x`, `${second} AS x`);
    await night.run("extract", "validate");
    expect(
      await night.rows(`SELECT DISTINCT x FROM '${night.path(customers)}' WHERE x IS NOT NULL ORDER BY x`, pick),
    ).toEqual(["1", "2", "3"]);
  }
});

test("a category of true and false keeps its spelling on a night that writes 0 and 1, and the other way round", async () => {
  const categories = async (first: string, second: string) => {
    await using night = await twoNights(first, second);
    await night.run("extract", "validate");
    return await night.rows(`SELECT DISTINCT x FROM '${night.path(customers)}' WHERE x IS NOT NULL ORDER BY x`, pick);
  };
  const words = "(i % 2 = 0)::VARCHAR AS x";
  expect(await categories(words, "i % 2 = 0 AS x")).toEqual(["false", "true"]);
  expect(await categories(words, "CASE WHEN i <> 77 THEN (i % 2)::DOUBLE END AS x")).toEqual(["false", "true"]);
  expect(await categories("(i % 2)::VARCHAR AS x", "CASE WHEN i <> 77 THEN i % 2 = 0 END AS x")).toEqual(["0", "1"]);
});

test("an integer column's first null changes neither its kind nor its type", async () => {
  await using night = await twoNights("i % 72 AS x", "CASE WHEN i <> 77 THEN (i % 72)::DOUBLE END AS x");
  const { record } = await night.run("extract");
  expect(decidedColumns.parse(record.result).columns.at(-1)).toEqual({
    name: "x",
    type: "BIGINT",
    kind: "numeric",
    unused: null,
  });
  expect((await night.run("validate")).line).toContain("gates hold");
});

test("a column without a value had no kind, so its first text stops no night, and its last goes unnoticed too", async () => {
  await using first = await twoNights("NULL::INTEGER AS x", "['a', 'b'][i % 2 + 1] AS x");
  expect((await first.run("extract", "validate")).line).toContain("gates hold");
  await using last = await twoNights("['a', 'b'][i % 2 + 1] AS x", "NULL::INTEGER AS x");
  const { record } = await last.run("extract");
  expect(decidedColumns.parse(record.result).columns.at(-1)).toEqual({
    name: "x",
    type: "VARCHAR",
    kind: "categorical",
    unused: "no values",
  });
});

test("text where numbers were is seen by its kind", async () => {
  await using night = await twoNights("i % 72 AS x", "['a', 'b'][i % 2 + 1] AS x");
  await expect(night.run("extract", "validate")).rejects.toMatchObject({ exitCode: 3 });
  expect((await night.read(validation)).gates.at(-1)).toMatchObject({
    gate: "columns",
    detail: "x was numeric, is categorical",
  });
});

test("dataset.types changes a kind on purpose, and no gate asks why", async () => {
  await using night = await twoNights("i % 7 AS x", "i % 7 AS x");
  night.config = { ...night.config, dataset: { ...night.config.dataset, types: { x: "categorical" } } };
  const { record } = await night.run("extract");
  expect(decidedColumns.parse(record.result).columns.at(-1)).toMatchObject({ kind: "categorical", type: "VARCHAR" });
  expect((await night.run("validate")).line).toContain("gates hold");
});

test("what dataset.types ignored is decided by its values once it doesn't, and no gate asks why", async () => {
  await using night = await dataNight(small);
  const { config } = night;
  night.config = { ...config, dataset: { ...config.dataset, types: { x: "ignore" } } };
  night.date = night.today = "2026-11-22";
  await writeDay(night.root, night.date, "i % 7 AS x");
  await night.run("extract", "validate");
  await night.decide();
  night.config = config;
  night.date = night.today = "2026-11-23";
  await writeDay(night.root, night.date, "i % 7 AS x");
  const { record } = await night.run("extract");
  expect(decidedColumns.parse(record.result).columns.at(-1)).toMatchObject({ kind: "numeric", unused: null });
  expect((await night.run("validate")).line).toContain("gates hold");
});

test("in a CSV file what was a category stays text on a day that has digits alone", async () => {
  await using night = await dataNight({
    ...small,
    source: { url: "csv:c.csv" },
    gates: { row_count: 1, leakage: false },
  });
  const write = (date: string, codes: readonly string[]) =>
    writeFile(
      join(night.root, "c.csv"),
      `id,churned,day,code\n${codes.map((code, index) => `${index},${index % 2 === 0},${date},${code}\n`).join("")}`,
    );
  night.date = night.today = "2026-11-22";
  await write(night.date, ["007", "A1"]);
  await night.run("extract", "validate");
  await night.decide();
  night.date = night.today = "2026-11-23";
  await write(night.date, ["007", "008"]);
  await night.run("extract");
  expect(await night.rows(`SELECT code AS x FROM '${night.path(customers)}'`, pick)).toEqual(["007", "008"]);
});

const csvNight = {
  dataset: { id: "id", target: { column: "churned" } },
  source: { url: "csv:c.csv" },
};

/** Twelve hundred customers, of whom a line is made by their number. */
async function writeCsv(root: string, header: string, line: (number: number) => string, lineEnd = "\n") {
  const lines = Array.from({ length: 1200 }, (_, index) => line(index));
  await writeFile(join(root, "c.csv"), `${[header, ...lines].join(lineEnd)}${lineEnd}`);
}

test("how a CSV file was read is in the record, with what was left out and what is null", async () => {
  await using night = await dataNight({ ...csvNight, source: { url: "csv:c.csv", csv: { bad_lines: "leave_out" } } });
  await writeCsv(
    night.root,
    "id;since;price;churned",
    (i) => `${i};${1 + (i % 28)}.2.2024;${i % 50 === 0 ? "NA" : `${i},5`};${i % 2}${i === 7 ? ";x" : ""}`,
  );
  const { record, line } = await night.run("extract");
  expect(line).toBe("1,199 customers from c.csv");
  expect(record.result).toMatchObject({
    csv: {
      read: {
        encoding: null,
        delimiter: ";",
        escape: null,
        decimals: { price: "," },
        date_formats: { since: "%d.%m.%Y" },
      },
      guessed: { delimiter: ";", decimals: { price: "," }, date_formats: { since: "%d.%m.%Y" } },
      changed: [],
      nulls: { price: 24 },
      left_out: { lines: 1, first: [{ file: "c.csv", line: 9, reason: "5 fields instead of 4" }] },
      lines: { rows: 1199, header: 1, skipped: 0, blank: 0, comments: 0, bad: 1 },
    },
  });
  expect(night.warnings).toEqual(["c.csv: 1 line is left out: line 9: 5 fields instead of 4"]);
  expect(extract.notes?.(extract.result.read(record.result, "the result"))).toEqual([
    "read as null (empty, NA and the like): price 24",
    "not used: since (date)",
  ]);
});

test("a source that isn't CSV has no format", async () => {
  await using night = await dataNight(small);
  await writeDuckdb(join(night.root, "customers.duckdb"), three(""));
  expect((await night.run("extract")).record.result).toMatchObject({ csv: null, objects: null });
});

test("a result that churn 1.6.0 wrote knows of no bucket", () => {
  const old = { schema_version: 2, rows: 1, bytes: 2, columns: [], source: "c.csv", unreadable: {}, csv: null };
  expect(extract.result.read(old, "the result")).toMatchObject({ rows: 1, objects: null });
});

test("each night reads CSV as the one before it, and one that is written otherwise stops at the gate", async () => {
  await using night = await dataNight(csvNight);
  const since = async () => {
    const sql = `SELECT since::VARCHAR AS since FROM '${night.path(customers)}' WHERE id = '10'`;
    return (await night.rows(sql, z.object({ since: z.string() })))[0]?.since;
  };
  night.date = night.today = "2026-11-21";
  await writeCsv(night.root, "id,since,churned", (i) => `${i},${1 + (i % 12)}/${1 + (i % 28)}/2024,${i % 2}`);
  await night.run("extract", "validate");
  expect(await since()).toBe("2024-11-11");
  await night.decide();

  // Nothing in this file says it, so it is as before; and so it is a night later.
  for (const date of ["2026-11-22", "2026-11-23"]) {
    night.date = night.today = date;
    await writeCsv(night.root, "id,since,churned", (i) => `${i},${1 + (i % 12)}/${1 + (i % 9)}/2024,${i % 2}`);
    const { record } = await night.run("extract");
    expect(await since()).toBe("2024-11-02");
    expect(record.inputs).toHaveProperty(["previous.csvRead"]);
    expect(record.result).toMatchObject({
      csv: { read: { date_formats: { since: "%m/%d/%Y" } }, guessed: { date_formats: {} } },
    });
    await night.run("validate");
    await night.decide();
  }

  night.date = night.today = "2026-11-24";
  await writeCsv(night.root, "id;since;churned", (i) => `${i};${1 + (i % 28)}/${1 + (i % 12)}/2024;${i % 2}`);
  await expect(night.run("extract", "validate")).rejects.toMatchObject({
    exitCode: 3,
    message: "1 of 11 quality gates failed on raw/2026-11-24/customers.parquet",
    hint: expect.stringContaining(
      "a format that changed on purpose: say it in source.csv, or churn run-all --date 2026-11-24 --set gates.csv_format=warn",
    ),
    details: expect.arrayContaining([
      expect.stringMatching(
        /^csv_format +2 +as before +failed +delimiter was ",", is ";", date_format of since was %m\/%d\/%Y, is %d\/%m\/%Y$/,
      ),
    ]),
  });
  const source = { url: "csv:c.csv", csv: csvSettings.parse({ delimiter: ";", date_format: "%d/%m/%Y" }) };
  night.config = { ...night.config, source };
  expect((await night.run("extract", "validate")).kind).toBe("succeeded");
  expect(await since()).toBe("2024-11-11");
  await night.decide();

  // Said once, it is how later nights read too.
  night.date = night.today = "2026-11-25";
  night.config = { ...night.config, source: { url: "csv:c.csv" } };
  await writeCsv(night.root, "id;since;churned", (i) => `${i};${1 + (i % 9)}/${1 + (i % 12)}/2024;${i % 2}`);
  await night.run("extract", "validate");
  expect(await since()).toBe("2024-11-02");
});

test("a result that churn 1.1.0 wrote has no format", () => {
  const old = { rows: 1, bytes: 2, columns: [{ name: "id", type: "BIGINT" }], source: "c.csv", unreadable: {} };
  expect(extract.result.read(old, "the result")).toMatchObject({ csv: null });
});

test("today's customers are waited for, in a new database at each look, and nothing is left of those that failed", async () => {
  await using night = await dataNight({
    ...small,
    source: { url: "duckdb:customers.duckdb", table: "customers", wait: { for: "30s", every: "1s" } },
  });
  const running = night.run("extract");
  await vi.waitFor(() => expect(night.notices).toHaveLength(1), { timeout: 10_000 });
  await writeDuckdb(join(night.root, "unfinished"), three(""));
  await rename(join(night.root, "unfinished"), join(night.root, "customers.duckdb"));
  const { line } = await running;
  expect(line).toBe("3 customers from customers.duckdb");
  expect(night.notices).toEqual([
    "waiting up to 30s, a look every 1s: source.url: there is no file customers.duckdb",
    expect.stringMatching(/^the customers of today, 2026-11-23, are there after \d+ s$/),
  ]);
  expect(await readdir(join(night.root, "raw", "2026-11-23"))).toEqual(["customers.parquet"]);
});

test("a past date is not waited for", async () => {
  await using night = await dataNight({
    ...small,
    source: { url: "duckdb:customers.duckdb", table: "customers", wait: { for: "1h", every: "1h" } },
  });
  night.date = "2026-11-22";
  await expect(night.run("extract")).rejects.toMatchObject({ exitCode: 2 });
  expect(night.notices).toEqual([]);
});

test("a load takes no more memory than source.memory says: what is more is spilled", async () => {
  const wide = Array.from({ length: 12 }, (_, column) => `md5((i * ${column + 1})::VARCHAR) AS text_${column}`);
  const many = three(wide.join(", ")).replace("range(3)", "range(300_000)");
  await using night = await dataNight({
    ...small,
    source: { url: "duckdb:customers.duckdb", table: "customers", memory: "200MB" },
  });
  await writeDuckdb(join(night.root, "customers.duckdb"), many);
  expect((await night.run("extract")).line).toBe("300,000 customers from customers.duckdb");
  night.config = { ...night.config, source: { ...night.config.source, memory: "1MB" } };
  await expect(night.run("extract")).rejects.toMatchObject({ exitCode: 5 });
});
