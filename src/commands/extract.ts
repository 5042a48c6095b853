import * as z from "zod";
import { csvRead, customers, validation } from "../lib/artifacts/artifacts.ts";
import { recordPart, upgrade } from "../lib/artifacts/format.ts";
import { counted } from "../lib/cli/numbers.ts";
import { nullsLines } from "../lib/cli/output/nulls.ts";
import { unusedLines } from "../lib/cli/output/unused.ts";
import { limitMemory } from "../lib/duckdb/limit-memory.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { earlierColumns } from "../lib/quality/report.ts";
import { csvReading } from "../lib/source/csv/format.ts";
import { writeCustomers } from "../lib/source/customers-file.ts";
import { decidedColumn, kindsOfTypes, typedColumn } from "../lib/source/kinds.ts";
import { isBucketUrl } from "../lib/source/s3/address.ts";
import { openSnapshot } from "../lib/source/snapshot.ts";
import { whenThere } from "../lib/source/wait.ts";
import { defineStage } from "../lib/stage/define.ts";

/** Of a line below the stage's, which is indented. */
const LINE_WIDTH = 74;

const result = z.strictObject({
  rows: z.int().describe("customers of the date"),
  bytes: z.int().describe("size of the Parquet file"),
  columns: z.array(decidedColumn),
  source: z.string().describe("without credentials"),
  unreadable: z
    .record(z.string(), z.int())
    .describe("column: values that became null, such as NaN or text in a number"),
  csv: csvReading.nullable().describe("how CSV files were read; null where the source is another"),
  objects: z
    .array(z.strictObject({ key: z.string(), size_bytes: z.int(), sha256: z.string() }))
    .nullable()
    .describe("what was read of a bucket; null where the source is another"),
});

/** Before customers came from buckets. */
const result2 = result.omit({ objects: true });
/** Before columns had a kind, when DuckDB guessed how CSV files were to be read. */
const result1 = result2.omit({ csv: true }).extend({ columns: z.array(typedColumn) });

/**
 * Brings the customers of the date from the source into one Parquet file, typed and in one order.
 *
 * What the file has, every later stage and every older model can rely on: nothing reads the source again that night. What
 * each column means is decided here too, once: later nights take it from validation.json.
 */
export const extract = defineStage({
  name: "extract",
  summary: "customers of the date, from the source to Parquet",
  needs: {},
  produces: { customers },
  previous: { validation, csvRead },
  reads: ["timezone", "dataset", "source"],
  // The same address at another server is another source.
  alsoReads: ({ source: { url }, s3: { endpoint } }) =>
    url !== undefined && endpoint !== undefined && isBucketUrl(url) ? { s3: { endpoint } } : {},
  uses: ["source"],
  flags: z.strictObject({}),
  result: recordPart(result.shape, {
    1: upgrade(result1, result2, ({ columns, ...old }) => ({ ...old, columns: kindsOfTypes(columns), csv: null })),
    2: upgrade(result2, result, (old) => ({ ...old, objects: null })),
  }),
  // Until validate accepts the file, the source may deliver a better one.
  final: { acceptedBy: "validate" },

  warmUp: databaseAhead,

  async run({ outputs, previous, config, services, date, today, warn, notice }) {
    const source = services.source();
    const { timezone } = config;
    const { wait, memory } = config.source;
    const earlier = await previous?.validation.read();
    const request = {
      dataset: config.dataset,
      date,
      today,
      timezone,
      earlier: earlier && earlierColumns(earlier),
      earlierFormat: previous?.csvRead.read().csv?.read,
      folders: [outputs.customers.folder],
    };
    // A database of its own for each look: one that was shut to the outside can't be opened again.
    const look = async () => {
      const db = await openDatabase();
      try {
        await limitMemory(db, memory);
        return { db, snapshot: await openSnapshot(db, source, request) };
      } catch (error) {
        await db[Symbol.asyncDispose]();
        throw error;
      }
    };
    const { db, snapshot } = await whenThere(look, { wait, date, today, notice });
    await using _opened = db;
    for (const warning of snapshot.warnings) warn(warning);
    for (const [column, values] of Object.entries(snapshot.lost)) {
      const what = `${counted(values, "value")} could not be read and ${values === 1 ? "is" : "are"}`;
      warn(`${column}: ${what} null now`, { column, values });
    }

    let written = { rows: 0, bytes: 0 };
    await outputs.customers.write(async (path) => {
      written = await writeCustomers(db, snapshot, path);
    });
    return {
      ...written,
      columns: [...snapshot.decided],
      source: source.description,
      unreadable: { ...snapshot.lost },
      csv: snapshot.csv?.reading ?? null,
      objects: snapshot.objects === undefined ? null : [...snapshot.objects],
    };
  },

  describe: ({ rows, source }) => `${counted(rows, "customer")} from ${source}`,
  notes: ({ columns, csv }) => [...nullsLines(csv?.nulls ?? {}, LINE_WIDTH), ...unusedLines(columns, LINE_WIDTH)],
});
