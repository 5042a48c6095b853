import { readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect } from "vitest";
import * as z from "zod";
import { type Config, configSchema } from "../../../src/lib/config/schema.ts";
import { openDatabase } from "../../../src/lib/duckdb/open.ts";
import { utf8Table } from "../../../src/lib/source/csv/encoding.ts";
import type { CsvFormat } from "../../../src/lib/source/csv/format.ts";
import { openSource } from "../../../src/lib/source/open.ts";
import { csvText, delimiters, lineEnds, type TextTable, textTables } from "../../support/csv-table.ts";
import { test } from "../../support/source-folder.ts";

type Csv = NonNullable<z.input<typeof configSchema>["source"]["csv"]>;
type Dataset = Partial<z.input<typeof configSchema>["dataset"]>;

interface Asked {
  readonly csv?: Csv;
  readonly dataset?: Dataset;
  readonly text?: readonly string[];
  readonly earlier?: CsvFormat | undefined;
  readonly url?: string;
}

/** What is read of the files in a folder, in the order of the column `id`, values as DuckDB writes them. */
async function read(root: string, { csv, dataset = {}, text = ["id"], earlier, url = "csv:c.csv" }: Asked = {}) {
  const config: Config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" }, ...dataset },
    source: { url, csv },
  });
  await using db = await openDatabase();
  await using session = await openSource(config.source, root).open(db, {
    date: "2026-11-23",
    text,
    files: { dataset: config.dataset, earlier },
  });
  const { columns, csv: facts } = session;
  await session.load("memory.main.loaded", { columns: columns.map(({ name }) => name), day: undefined });
  const rows = await db.rows(
    "SELECT COLUMNS(*)::VARCHAR FROM memory.main.loaded ORDER BY ALL",
    z.record(z.string(), z.string().nullable()),
  );
  return {
    types: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
    rows,
    reading: facts?.reading,
    warnings: facts?.warnings,
  };
}

/** A file of ids and one column more, x. */
async function column(root: string, values: readonly string[], asked: Asked = {}, delimiter = "|") {
  const lines = values.map((value, index) => `${index + 10}${delimiter}${value}${delimiter}0\n`);
  await writeFile(join(root, "c.csv"), `id${delimiter}x${delimiter}churned\n${lines.join("")}`);
  const { types, rows, ...facts } = await read(root, asked);
  return { type: types.x, values: rows.map(({ x }) => x), ...facts };
}

const leftBehind = async () => (await readdir(tmpdir())).filter((name) => /^churn-[a-zA-Z0-9]{6}$/.test(name));

test("a table of texts comes back as it was written, in every encoding and with every line end", async ({ root }) => {
  const before = await leftBehind();
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
      { numRuns: Number(process.env.RUNS ?? 20) },
    );
  }
  expect(await leftBehind()).toEqual(before);
});

/** The rows of t.csv as they come. */
async function texts(
  db: Awaited<ReturnType<typeof openDatabase>>,
  root: string,
  { csv, text = [] }: Asked,
): Promise<TextTable> {
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" } },
    source: { url: "csv:t.csv", csv },
  });
  await using session = await openSource(config.source, root).open(db, { date: "2026-11-23", text });
  await session.load("memory.main.loaded", { columns: session.columns.map(({ name }) => name), day: undefined });
  const [rows] = await db.rows(
    `SELECT to_json(list([${session.columns.map(({ name }) => `"${name}"`).join(", ")}]))::VARCHAR AS rows FROM memory.main.loaded`,
    z.object({ rows: z.string() }),
  );
  await db.run("DROP TABLE memory.main.loaded");
  return z.array(z.array(z.string().nullable())).parse(JSON.parse(rows?.rows ?? ""));
}
