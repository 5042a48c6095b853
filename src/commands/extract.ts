import * as z from "zod";
import { customers } from "../lib/artifacts/artifacts.ts";
import { recordPart } from "../lib/artifacts/format.ts";
import { whole } from "../lib/cli/numbers.ts";
import { databaseAhead, openDatabase } from "../lib/duckdb/open.ts";
import { writeCustomers } from "../lib/source/customers-file.ts";
import { openSnapshot } from "../lib/source/snapshot.ts";
import { defineStage } from "../lib/stage/define.ts";

/**
 * Brings the customers of the date from the source into one Parquet file, typed and in one order.
 *
 * What the file has, every later stage and every older model can rely on: nothing reads the source again that night.
 */
export const extract = defineStage({
  name: "extract",
  summary: "customers of the date, from the source to Parquet",
  needs: {},
  produces: { customers },
  reads: ["timezone", "dataset", "source"],
  uses: ["source"],
  flags: z.strictObject({}),
  result: recordPart({
    rows: z.int().describe("customers of the date"),
    bytes: z.int().describe("size of the Parquet file"),
    columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    source: z.string().describe("without credentials"),
    unreadable: z
      .record(z.string(), z.int())
      .describe("column: values that became null, such as NaN or text in a number"),
  }),
  // Until validate accepts the file, the source may deliver a better one.
  final: { acceptedBy: "validate" },

  warmUp: databaseAhead,

  async run({ outputs, config, services, date, today, warn }) {
    const source = services.source();
    const { timezone } = config;
    await using db = await openDatabase();
    const snapshot = await openSnapshot(db, source, { dataset: config.dataset, date, today, timezone });
    for (const [column, values] of Object.entries(snapshot.lost)) {
      const what =
        values === 1 ? "1 value could not be read and is" : `${whole(values)} values could not be read and are`;
      warn(`${column}: ${what} null now`, { column, values });
    }

    let written = { rows: 0, bytes: 0 };
    await outputs.customers.write(async (path) => {
      written = await writeCustomers(db, snapshot, path);
    });
    return {
      ...written,
      columns: snapshot.columns.map(({ name, type }) => ({ name, type })),
      source: source.description,
      unreadable: { ...snapshot.lost },
    };
  },

  describe: ({ rows, source }) => `${whole(rows)} customers from ${source}`,
});
