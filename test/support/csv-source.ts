import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import type { CsvFormat } from "../../src/lib/source/csv/format.ts";
import { openSource } from "../../src/lib/source/open.ts";

type ConfigInput = z.input<typeof configSchema>;

/** What CSV files are read with. */
export interface CsvAsked {
  readonly url?: string;
  readonly query?: string;
  readonly csv?: ConfigInput["source"]["csv"];
  readonly dataset?: Partial<ConfigInput["dataset"]>;
  /** columns that are text whatever they look like */
  readonly text?: readonly string[];
  /** how an earlier night read them */
  readonly earlier?: CsvFormat;
}

/** All that is read of CSV files, c.csv if no others are named, in the order of its rows; values as DuckDB writes them. */
export async function readCsv(root: string, asked: CsvAsked = {}) {
  const { url = "csv:c.csv", query, csv, dataset = {}, text = ["id"], earlier } = asked;
  const config = configSchema.parse({
    dataset: { id: "id", target: { column: "churned" }, ...dataset },
    source: { url, query, csv },
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
  if (facts === undefined) throw new Error("the files were not read as CSV");
  return {
    types: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
    rows,
    ...facts.reading,
    warnings: facts.warnings,
  };
}

/** A file of ids, one column more, x, and labels. */
export async function readColumn(root: string, values: readonly string[], asked: CsvAsked = {}, delimiter = "|") {
  const lines = values.map((value, index) => `${index + 10}${delimiter}${value}${delimiter}0\n`);
  await writeFile(join(root, "c.csv"), `id${delimiter}x${delimiter}churned\n${lines.join("")}`);
  const { types, rows, ...facts } = await readCsv(root, asked);
  return { type: types.x, values: rows.map(({ x }) => x), ...facts };
}

/** What an earlier night may have known. */
export function earlierFormat(known: Partial<CsvFormat>): CsvFormat {
  return { encoding: null, delimiter: null, escape: null, decimals: {}, date_formats: {}, ...known };
}
