import { join } from "node:path";
import * as z from "zod";
import type { Config } from "../config/schema.ts";
import { limitMemory } from "../duckdb/limit-memory.ts";
import { openDatabase } from "../duckdb/open.ts";
import { identifier } from "../duckdb/sql.ts";
import { makePrivateFolder } from "../files/private-folder.ts";
import type { CsvFormat } from "../source/csv/format.ts";
import { writeCustomers } from "../source/customers-file.ts";
import type { DecidedColumn, EarlierColumn } from "../source/kinds.ts";
import { openSnapshot } from "../source/snapshot.ts";
import type { Source } from "../source/source.ts";
import { customerColumns } from "./columns.ts";
import { encodeSql } from "./encode.ts";
import { fitCustomers } from "./fit.ts";
import { labelCondition } from "./label.ts";
import { onTestSide } from "./split.ts";

type Values = Readonly<Record<string, string | number | boolean | null>>;

/** A customer as transform makes one. */
export interface PreviewedCustomer {
  readonly id: string | number;
  readonly side: "train" | "test";
  /** with fills done */
  readonly raw: Values;
  readonly derived: Values;
  /** the one-hot columns, 0 or 1 */
  readonly encoded: Values;
}

export interface Preview {
  /** the snapshot's date, YYYY-MM-DD */
  readonly date: string;
  /** all that leave the source, and what each means */
  readonly columns: readonly DecidedColumn[];
  readonly customers: readonly PreviewedCustomer[];
  readonly warnings: readonly string[];
}

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/**
 * The first customers of the source's newest snapshot as transform would make them, without any stage having run and without
 * leaving a file.
 */
export async function previewCustomers(
  source: Source,
  request: {
    readonly config: Pick<Config, "dataset" | "transform" | "split">;
    readonly today: string;
    readonly timezone: string;
    readonly rows: number;
    /** source.memory */
    readonly memory?: string | undefined;
    /** columns as the newest decided earlier night has them */
    readonly earlier: readonly EarlierColumn[];
    /** the format by which that night read CSV files */
    readonly earlierFormat?: CsvFormat | undefined;
  },
): Promise<Preview> {
  const { config, today, timezone, rows, memory, earlier, earlierFormat } = request;
  const { dataset } = config;
  using folder = makePrivateFolder();
  const path = join(folder.path, "customers.parquet");
  await using db = await openDatabase();
  await limitMemory(db, memory);
  const snapshot = await openSnapshot(db, source, {
    dataset,
    today,
    timezone,
    earlier,
    earlierFormat,
    folders: [folder.path],
  });
  await writeCustomers(db, snapshot, path);
  const columns = customerColumns(snapshot.decided, dataset);
  const fitted = await fitCustomers(db, { customersPath: path, columns, config });

  const { preprocessing } = fitted;
  const label = labelCondition(dataset.target, columns.find(({ role }) => role === "target")?.type ?? "VARCHAR");
  const side = onTestSide(preprocessing.split, { id: identifier(dataset.id), label, types: columns });
  const all = [...columns, ...preprocessing.derive, ...encodeSql(preprocessing.one_hot).columns];
  const found = await db.rows(
    // As a list, so that no name is special; dates as text.
    `SELECT ${side} AS test, to_json([${all.map(({ name }) => jsonOf(identifier(name))).join(", ")}])::VARCHAR AS columns
       FROM (${fitted.side(
         "both",
         all.map(({ name }) => name),
       )} LIMIT ${rows})`,
    z.object({ test: z.boolean(), columns: z.string() }),
  );
  const customers = found.map(({ test, columns: text }) => {
    const values = z.array(value).parse(JSON.parse(text));
    const entries = all.map(({ name }, index): [string, z.infer<typeof value>] => [name, values[index] ?? null]);
    const derivedFrom = columns.length;
    const encodedFrom = derivedFrom + preprocessing.derive.length;
    const raw = Object.fromEntries(entries.slice(0, derivedFrom));
    const id = raw[dataset.id];
    return {
      id: typeof id === "number" ? id : String(id),
      side: test ? ("test" as const) : ("train" as const),
      raw,
      derived: Object.fromEntries(entries.slice(derivedFrom, encodedFrom)),
      encoded: Object.fromEntries(entries.slice(encodedFrom)),
    };
  });
  const warnings = [...snapshot.warnings, ...fitted.warnings];
  return { date: snapshot.date, columns: snapshot.decided, customers, warnings };
}

/** A column as JSON; JavaScript would round an integer of more digits than a double holds. */
function jsonOf(column: string): string {
  const text = `CAST(${column} AS VARCHAR)`;
  return `CASE WHEN typeof(${column}) = 'BIGINT' AND length(${text}) > 15 THEN to_json(${text}) ELSE to_json(${column}) END`;
}
