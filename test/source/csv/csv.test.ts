import { createWriteStream } from "node:fs";
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, onTestFinished, vi } from "vitest";
import * as z from "zod";
import { configSchema } from "../../../src/lib/config/schema.ts";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { utf8Table } from "../../../src/lib/source/csv/encoding.ts";
import { openSource } from "../../../src/lib/source/open.ts";
import { type CsvAsked, readColumn, readCsv } from "../../support/csv-source.ts";
import { csvText, delimiters, lineEnds, type TextTable, textTables } from "../../support/csv-table.ts";
import { test } from "../../support/source-folder.ts";

/** A folder for what is written for a while, and what lies in it. */
async function spillFolder(root: string) {
  const folder = join(root, "spill");
  await mkdir(folder, { recursive: true });
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  return { folder, left: () => readdir(folder) };
}

test("a table of texts comes back as it was written, in every encoding and with every line end", async ({ root }) => {
  const { left } = await spillFolder(root);
  const windows = new Set(utf8Table("windows-1252").map((bytes) => Buffer.from(bytes).toString("utf8")));
  await using db = await openDatabase();
  const encodings = {
    "utf-8": { has: () => true, write: (text: string) => Buffer.from(text, "utf8") },
    "utf-8 with a mark": { has: () => true, write: (text: string) => Buffer.from(`\ufeff${text}`, "utf8") },
    "utf-16": { has: () => true, write: (text: string) => Buffer.from(`\ufeff${text}`, "utf16le") },
    "utf-16, higher bytes first": {
      has: () => true,
      write: (text: string) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
    },
    "latin-1": {
      has: (text: string) => /^[\0-\x7f\xa0-\xff]*$/.test(text),
      write: (text: string) => Buffer.from(text, "latin1"),
    },
    "windows-1252": {
      has: (text: string) => [...text].every((one) => windows.has(one)),
      write: (text: string) => {
        const codes = utf8Table("windows-1252").map((bytes) => Buffer.from(bytes).toString("utf8"));
        return Buffer.from([...text].map((one) => codes.indexOf(one)));
      },
    },
  };
  for (const [encoding, { has, write }] of Object.entries(encodings)) {
    await fc.assert(
      fc.asyncProperty(
        textTables(has),
        fc.constantFrom(...delimiters),
        fc.constantFrom(...lineEnds),
        fc.boolean(),
        fc.boolean(),
        async (table, delimiter, lineEnd, quoteAll, isCompressed) => {
          const bytes = write(csvText(table, { delimiter, lineEnd, quoteAll }));
          await writeFile(join(root, "t.csv"), isCompressed ? gzipSync(bytes) : bytes);
          const names = (table[0] ?? []).map(String);
          const csv = {
            ...(encoding.startsWith("utf") ? {} : { encoding }),
            // A file of one column doesn't say what would stand between two.
            ...(names.length === 1 ? { delimiter } : {}),
          };
          expect(await texts(db, root, { csv, text: names })).toEqual(table.slice(1));
        },
      ),
      { numRuns: 15 },
    );
  }
  expect(await left()).toEqual([]);
});

/** The rows of t.csv as they come. */
async function texts(
  db: Awaited<ReturnType<typeof openDatabase>>,
  root: string,
  { csv, text = [] }: CsvAsked,
): Promise<TextTable> {
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "csv:t.csv", csv },
  });
  await using session = await openSource(config.source, root).open(db, { date: "2026-11-23", text });
  await session.load("memory.main.loaded", { columns: session.columns.map(({ name }) => name), day: undefined });
  const [rows] = await db.rows(
    `SELECT to_json(list([${session.columns.map(({ name }) => `"${name}"::VARCHAR`).join(", ")}]))::VARCHAR AS rows FROM memory.main.loaded`,
    z.object({ rows: z.string() }),
  );
  await db.run("DROP TABLE memory.main.loaded");
  return z.array(z.array(z.string().nullable())).parse(JSON.parse(rows?.rows ?? ""));
}

test.for<[type: string, values: readonly string[], read: readonly (string | null)[], CsvAsked["csv"]?]>([
  ["BIGINT", ["1", "-2", " 3 ", "", "9223372036854775807"], ["1", "-2", "3", null, "9223372036854775807"]],
  ["BIGINT", ["1", "NA", "N/A", "NULL", "\\N", '""', "  ", '"2"'], ["1", null, null, null, null, null, null, "2"]],
  ["DOUBLE", ["1", "2.5", "1e3", "nan", "inf", ".5", "5."], ["1.0", "2.5", "1000.0", "nan", "inf", "0.5", "5.0"]],
  ["DOUBLE", ["1", "12345678901234567890"], ["1.0", "1.2345678901234567e+19"]],
  ["DOUBLE", ["19,90", "1.234,50", "7", "NA"], ["19.9", "1234.5", "7.0", null]],
  ["DOUBLE", ["1,234.50", "7", "1,000"], ["1234.5", "7.0", "1000.0"]],
  ["BIGINT", ["1,234,567", "1,000", "7"], ["1234567", "1000", "7"]],
  ["BIGINT", ["1.234.567", "1.000", "7"], ["1234567", "1000", "7"]],
  ["DOUBLE", ["1.234", "7"], ["1.234", "7.0"]],
  ["VARCHAR", ["00123", "7", "NA", "", '""'], ["00123", "7", "NA", null, ""]],
  ["VARCHAR", ["1,5", "1.5"], ["1,5", "1.5"]],
  ["VARCHAR", ["gold", "NA", "NULL", "\\N", "", '""', " x "], ["gold", "NA", "NULL", "\\N", null, "", " x "]],
  ["VARCHAR", ["NA", "", "NULL"], ["NA", null, "NULL"]],
  ["VARCHAR", ["", "", ""], [null, null, null]],
  ["VARCHAR", ["+5", "0x1F", "1_000"], ["+5", "0x1F", "1_000"]],
  ["BOOLEAN", ["true", "No", "T", " yes ", "NA", ""], ["true", "false", "true", "true", null, null]],
  ["VARCHAR", ["true", "1"], ["true", "1"]],
  ["TIME", ["9:30", "23:59:59.5", ""], ["09:30:00", "23:59:59.5", null]],
  [
    "DATE",
    ["2024-01-05", "2024-1-6", "", "NA", " 2024-01-07 "],
    ["2024-01-05", "2024-01-06", null, null, "2024-01-07"],
  ],
  ["DATE", ["2024-01-05", "infinity"], ["2024-01-05", "infinity"]],
  ["TIMESTAMP", ["2024-01-05", "2024-01-05T09:30:15.5"], ["2024-01-05 00:00:00", "2024-01-05 09:30:15.5"]],
  [
    "TIMESTAMP WITH TIME ZONE",
    ["2024-01-05T09:30:00Z", "2024-01-05 09:30:00 +02:00", "2024-01-05 09:30:00-0530", "2024-01-05 09:30:00 UTC"],
    ["2024-01-05 09:30:00+00", "2024-01-05 07:30:00+00", "2024-01-05 15:00:00+00", "2024-01-05 09:30:00+00"],
  ],
  ["VARCHAR", ["2024-01-05T09:30:00Z", "2024-01-05T09:30:00"], ["2024-01-05T09:30:00Z", "2024-01-05T09:30:00"]],
  // Nothing of a date may get lost, and no date become another.
  ["VARCHAR", ["2024-01-05", "0044-03-15 BC"], ["2024-01-05", "0044-03-15 BC"]],
  ["VARCHAR", ["2024-01-05", "2024-01-06garbage"], ["2024-01-05", "2024-01-06garbage"]],
  ["VARCHAR", ["2024-01-05", "2024-02-30"], ["2024-01-05", "2024-02-30"]],
  [
    "VARCHAR",
    ["2024-01-05 09:30:00+02", "4713-01-01 00:00:00+00 BC"],
    ["2024-01-05 09:30:00+02", "4713-01-01 00:00:00+00 BC"],
  ],
  ["DATE", ["2024/01/05", "2024/12/06"], ["2024-01-05", "2024-12-06"]],
  ["DATE", ["25.12.2024", "1.2.2024"], ["2024-12-25", "2024-02-01"]],
  ["DATE", ["11.02.2024", "1.2.2024"], ["2024-02-11", "2024-02-01"]],
  ["DATE", ["25/12/2024", "11/02/2024"], ["2024-12-25", "2024-02-11"]],
  ["DATE", ["12/25/2024", "11/02/2024"], ["2024-12-25", "2024-11-02"]],
  ["DATE", ["12-25-2024", "11-02-2024"], ["2024-12-25", "2024-11-02"]],
  ["DATE", ["05/05/2024", "07/07/2024"], ["2024-05-05", "2024-07-07"]],
  ["DATE", ["25.12.98", "01.02.24"], ["1998-12-25", "2024-02-01"]],
  [
    "TIMESTAMP",
    ["12/25/2024 3:45 PM", "11/02/2024", "1/2/2024 12:00:01 am"],
    ["2024-12-25 15:45:00", "2024-11-02 00:00:00", "2024-01-02 00:00:01"],
  ],
  ["TIMESTAMP", ["25.12.2024 09:30:15.123456", "1.2.2024 9:30"], ["2024-12-25 09:30:15.123456", "2024-02-01 09:30:00"]],
  ["VARCHAR", ["12/25/2024", "25/12/2024"], ["12/25/2024", "25/12/2024"]],
  ["VARCHAR", ["2024-01-05", "05.01.2024"], ["2024-01-05", "05.01.2024"]],
  // What source.csv says.
  ["DATE", ["11/02/2024", ""], ["2024-11-02", null], { date_format: "%m/%d/%Y" }],
  ["DATE", ["11/02/2024", "05.01.2024"].slice(0, 1), ["2024-02-11"], { date_format: "%d/%m/%Y" }],
  ["VARCHAR", ["12/25/2024"], ["12/25/2024"], { date_format: "%d/%m/%Y" }],
  ["DATE", ["5 Jan 2024", "17 mar 1999"], ["2024-01-05", "1999-03-17"], { date_format: "%d %b %Y" }],
  ["DATE", ["20240105"], ["2024-01-05"], { date_format: "%Y%m%d" }],
  ["BIGINT", ["20240105", "20241305"], ["20240105", "20241305"], { date_format: "%Y%m%d" }],
  ["DATE", ["24/01/05"], ["2024-01-05"], { date_format: "%y/%m/%d" }],
  ["DOUBLE", ["1,234", "7"], ["1.234", "7.0"], { decimal: "," }],
  ["BIGINT", ["1,234", "7"], ["1234", "7"], { decimal: "." }],
  ["VARCHAR", ["1,5", "7"], ["1,5", "7"], { decimal: "." }],
  ["BIGINT", ["7", "-", "?", " - "], ["7", null, null, null], { nulls: ["-", "?"] }],
  ["VARCHAR", ["gold", "none", "NA", '"none"'], ["gold", null, "NA", null], { nulls: ["none"] }],
])("%s are %j", async ([type, values, expected, csv], { root }) => {
  const found = await readColumn(root, values, csv === undefined ? {} : { csv });
  expect({ type: found.type, values: found.values }).toEqual({ type, values: expected });
});

test("whatever looks like a number or a date is read by its cast, and nothing becomes null", async ({ root }) => {
  await using db = await openDatabase();
  const part = fc.constantFrom(
    ..."0123456789.,-/: eTZ+",
    "00",
    "12",
    "31",
    "2024",
    "1999",
    ":30",
    " 09:30:00",
    " PM",
    ".5",
    ",5",
    "-05:30",
  );
  const value = fc.array(part, { minLength: 1, maxLength: 9 }).map((parts) => parts.join(""));
  const date = fc
    .tuple(
      fc.integer({ min: 0, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
      fc.constantFrom("-", "/", "."),
      fc.boolean(),
    )
    .map(([year, month, day, between, isLast]) =>
      (isLast ? [day, month, year] : [String(year).padStart(4, "0"), month, day]).join(between),
    );
  const time = fc.constantFrom(
    "",
    " 9:30",
    " 09:30:00",
    "T09:30:00.123456789",
    " 23:59:59.5 AM",
    " 12:00 pm",
    " 00:00:00Z",
    " 09:30:00+14",
    " 09:30:00 -0930",
    " 24:00:00",
  );
  const dated = fc.tuple(date, time).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(value, dated), { minLength: 1, maxLength: 3 }), async (values) => {
      const rows = values.map((text, index) => [String(index), text]);
      await writeFile(
        join(root, "t.csv"),
        csvText([["id", "x"], ...rows], { delimiter: "\t", lineEnd: "\n", quoteAll: true }),
      );
      let read: TextTable;
      try {
        read = await texts(db, root, { text: ["id"] });
      } catch (error) {
        expect(error).toMatchObject({ exitCode: 2, message: expect.stringContaining("can be read in two ways") });
        return;
      }
      for (const [id, x] of read) expect(x !== null || values[Number(id)]?.trim() === "").toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("files are one table by their columns' names, each read as it is written", async ({ root }) => {
  await writeFile(join(root, "1.csv"), "id,plan,price\n1,gold,1.5\n");
  await writeFile(join(root, "2.csv"), "id;price;region;churned\r\n2;2,5;Köln;1\r\n", "latin1");
  await writeFile(join(root, "3.csv"), "churned\tPRICE\tid\n0\t7\t3\n", "utf16le");
  await writeFile(join(root, "4.csv"), "id,plan,price\n4,NA,7\n");
  const found = await readCsv(root, { url: "csv:*.csv", csv: { nulls: ["gold"] } }).catch((error: unknown) => error);
  // 1.5 and 2,5 in one column are no numbers of one kind.
  expect(found).toMatchObject({
    types: { id: "VARCHAR", plan: "VARCHAR", price: "VARCHAR", region: "VARCHAR", churned: "BIGINT" },
  });

  await writeFile(join(root, "2.csv"), "id;price;region;churned\r\n2;25;Köln;1\r\n", "latin1");
  expect(await readCsv(root, { url: "csv:*.csv" })).toMatchObject({
    types: { id: "VARCHAR", plan: "VARCHAR", price: "DOUBLE", region: "VARCHAR", churned: "BIGINT" },
    rows: [
      { id: "1", plan: "gold", price: "1.5", region: null, churned: null },
      { id: "2", plan: null, price: "25.0", region: "Köln", churned: "1" },
      { id: "3", plan: null, price: "7.0", region: null, churned: "0" },
      { id: "4", plan: "NA", price: "7.0", region: null, churned: null },
    ],
    read: { encoding: null, delimiter: null, decimals: { price: "." } },
    lines: { rows: 4, header: 4, bad: 0 },
  });
});

test("a folder's columns are there, also for a file that had to be copied", async ({ root }) => {
  for (const [day, text] of [
    ["2026-11-22", "id,name\n1,a\n"],
    ["2026-11-23", "id,name\r2,b\r"],
  ] as const) {
    await mkdir(join(root, `export/day=${day}`), { recursive: true });
    await writeFile(join(root, `export/day=${day}/part.csv`), text);
  }
  expect(await readCsv(root, { url: "csv:export" })).toMatchObject({
    types: { id: "VARCHAR", name: "VARCHAR", day: "DATE" },
    rows: [
      { id: "1", name: "a", day: "2026-11-22" },
      { id: "2", name: "b", day: "2026-11-23" },
    ],
  });
});

test("a query finds typed columns, and the file's own names are nobody else's", async ({ root }) => {
  await writeFile(join(root, "c.csv"), "nr;preis;seit\n1;19,90;25.12.2024\n2;NA;1.2.2025\n");
  const query =
    "SELECT nr AS id, preis > 10 AS churned, date_part('year', seit) AS since FROM customers WHERE preis IS NOT NULL";
  expect(await readCsv(root, { query })).toMatchObject({
    types: { id: "BIGINT", churned: "BOOLEAN", since: "BIGINT" },
    rows: [{ id: "1", churned: "true", since: "2024" }],
  });
});

test("a correct file whose quoted texts have lines that look like rows is read exactly", async ({ root }) => {
  // Read in pieces by several threads, a row begins wherever it may.
  const row = (number: number) =>
    `${number},"text ${number}\n${number + 1},x ${number},0\n${"12,text,1\n".repeat(number % 40)}",1\n`;
  const rows = 250_000;
  const file = createWriteStream(join(root, "c.csv"));
  file.write("id,note,churned\n");
  for (let start = 0; start < rows; start += 5000) {
    file.write(Array.from({ length: 5000 }, (_, index) => row(start + index)).join(""));
    await setImmediate();
  }
  await new Promise((resolve) => file.end(resolve));
  expect((await stat(join(root, "c.csv"))).size).toBeGreaterThan(40_000_000);
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "csv:c.csv" },
  });
  await using db = await openDatabase();
  await using session = await openSource(config.source, root).open(db, { date: "2026-11-23", text: [] });
  expect(await session.load("memory.main.loaded", { columns: ["id", "note", "churned"], day: undefined })).toBe(rows);
  const expected =
    "concat('text ', id, chr(10), id + 1, ',x ', id, ',0', chr(10), repeat('12,text,1' || chr(10), id % 40))";
  const [wrong] = await db.rows(
    `SELECT count(*) FILTER (WHERE note <> ${expected} OR churned <> 1) AS texts, count(DISTINCT id) AS ids FROM memory.main.loaded`,
    z.object({ texts: z.int(), ids: z.int() }),
  );
  expect(wrong).toEqual({ texts: 0, ids: rows });
});

test("values longer than any buffer are whole", async ({ root }) => {
  const long = "lang, ".repeat(3_000_000);
  await writeFile(join(root, "c.csv"), `id,x,churned\n1,"${long}",0\n2,"${long}x",1\n`);
  const { rows } = await readCsv(root);
  expect(rows.map(({ x }) => x?.length)).toEqual([long.length, long.length + 1]);
});

test("a file that is written while it is read is read again later", async ({ root }) => {
  const path = join(root, "c.csv");
  await writeFile(path, "id,churned\n1,0\n");
  await using db = await openDatabase();
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "csv:c.csv" },
  });
  await using session = await openSource(config.source, root).open(db, { date: "2026-11-23", text: [] });
  await appendFile(path, "2,1\n");
  await expect(session.load("memory.main.loaded", { columns: ["id"], day: undefined })).rejects.toMatchObject({
    exitCode: 75,
    message: "source.url: c.csv was written while it was read",
  });
});

test("a copy holds no excluded column, and is its owner's alone, and gone afterwards", async ({ root }) => {
  await writeFile(join(root, "c.csv"), "id,mail,churned\r1,a@b,0\r");
  const { folder, left } = await spillFolder(root);
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" }, exclude: ["mail"] },
    source: { url: "csv:c.csv" },
  });
  await using db = await openDatabase();
  {
    await using session = await openSource(config.source, root).open(db, {
      date: "2026-11-23",
      text: [],
      files: { dataset: config.dataset, earlier: undefined },
    });
    expect(session.columns.map(({ name }) => name)).toEqual(["id", "mail", "churned"]);
    const [name = "", ...others] = await left();
    expect(others).toEqual([]);
    const copy = join(folder, name, "0.csv");
    expect(await readFile(copy, "utf8")).toBe("1,,0\n");
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o700);
  }
  expect(await left()).toEqual([]);
});

test.for<[content: string | Buffer, copies: number, CsvAsked["csv"]?]>([
  ["id,x,churned\n1,a,0\n", 0],
  ["\ufeffid;x;churned\r\n1;ä;0\r\n", 0],
  ['id,x,churned\n1,"a\r\n""b""",0\n\n', 0],
  [gzipSync("id,x,churned\n1,a,0\n"), 0],
  // DuckDB has ideas of its own about all of these.
  ['id,x,churned\r\n1,"a\nb",0\r\n', 1],
  ["id,x,churned\r\n1,a,0\n", 1],
  ["id,x,churned\r1,a,0\r", 1],
  ['id,x,churned\n1, "a",0\n', 1],
  ["id,x,churned\n \n1,a,0\n", 1],
  ["\nid,x,churned\n1,a,0\n", 1],
  ['id,x,churned\n1,"a\\"b",0\n', 1],
  [Buffer.from("id,x,churned\n1,\xe4,0\n", "latin1"), 1],
  [Buffer.from("id,x,churned\n1,a,0\n", "utf16le"), 1],
  ["id,x,churned\n1,a,0\n2\n", 1, { bad_lines: "leave_out" }],
  ["#\nid,x,churned\n1,a,0\n", 1, { comment: "#" }],
  ["of today\nid,x,churned\n1,a,0\n", 1, { skip: 1 }],
  ["id,x,churned\n1,'a',0\n", 1, { quote: "'" }],
])("%j is read as it is, or by a copy: %i", async ([content, copies, csv], { root }) => {
  const { left } = await spillFolder(root);
  await writeFile(join(root, "c.csv"), content);
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "csv:c.csv", csv },
  });
  await using db = await openDatabase();
  {
    await using session = await openSource(config.source, root).open(db, { date: "2026-11-23", text: [] });
    expect(await left()).toHaveLength(copies);
    expect(await session.load("memory.main.loaded", { columns: ["id", "x"], day: undefined })).toBe(1);
  }
  expect(await left()).toEqual([]);
});

test("what can't be copied leaves nothing", async ({ root }) => {
  const { left } = await spillFolder(root);
  await writeFile(join(root, "1.csv"), "id,x\r1,a\r");
  await writeFile(join(root, "2.csv"), "id,x\n1\n");
  await expect(readCsv(root, { url: "csv:*.csv" })).rejects.toMatchObject({ exitCode: 2 });
  await writeFile(join(root, "2.csv"), "id,x\n1,2\n");
  await expect(readCsv(root, { url: "csv:*.csv", query: "SELECT nosuch FROM customers" })).rejects.toMatchObject({
    exitCode: 2,
  });
  expect(await left()).toEqual([]);
});
