import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, configSchema } from "../../src/lib/config/schema.ts";
import { describeColumns } from "../../src/lib/duckdb/describe.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { parquetFile, writeParquet } from "../../src/lib/duckdb/parquet.ts";
import { customerColumns, featureCandidates } from "../../src/lib/prepare/columns.ts";
import { judgeChecks } from "../../src/lib/quality/check.ts";
import type { Check, Customers } from "../../src/lib/quality/gates/gate.ts";
import { type Measurements, measureCustomers } from "../../src/lib/quality/measure.ts";
import type { Figures, GateCheck } from "../../src/lib/quality/report.ts";
import { type DecidedColumn, kindOfType } from "../../src/lib/source/kinds.ts";

/** Customers of whom nothing is measured. */
export const customers: Customers = {
  columns: [],
  candidates: [],
  dataset: { id: "id", target: { column: "churned", positive: true }, types: {} },
  features: "all",
  csv: null,
};

/** A gate's verdict with the measured value as people see it. */
export type Judged = Omit<GateCheck, "gate" | "waived"> & { readonly shown: string | undefined };

/** The figures of a night in which nothing is wrong, but for what a test says. */
export function figures(more: Partial<Figures> = {}): Figures {
  return {
    row_count: 1000,
    null_rate: 0,
    null_rate_by_column: {},
    duplicate_rate: 0,
    target_distribution: { false: 750, true: 250 },
    target_rate: 0.25,
    columns: [],
    categories: {},
    ...more,
  };
}

/** The verdict of a gate's one check on figures. */
export function judge(checks: readonly Check[], today: Partial<Figures>, previous?: Partial<Figures>): Judged {
  return only(
    checks,
    { figures: figures(today), measured: new Map(), found: new Map() },
    previous && figures(previous),
  );
}

/** The verdict of a gate's one check on a real table, which a SELECT makes. */
export async function judgeTable(
  select: string,
  checks: (customers: Customers) => readonly Check[],
  dataset: Partial<Config["dataset"]> = {},
): Promise<Judged> {
  let asked: readonly Check[] = [];
  const measurements = await measureTable(
    select,
    (table) => {
      asked = checks(table);
      return asked;
    },
    dataset,
  );
  return only(asked, measurements, undefined);
}

/** What is measured of a real Parquet file, which a SELECT makes. */
export async function measureTable(
  select: string,
  checks: (customers: Customers) => readonly Check[] = () => [],
  more: Partial<Config["dataset"]> = {},
): Promise<Measurements> {
  const source = { url: "csv:customers.csv" };
  const { dataset } = configSchema.parse({ dataset: { id: "id", target: { column: "churned" }, ...more }, source });
  const folder = await mkdtemp(join(tmpdir(), "churn-gates-"));
  try {
    const path = join(folder, "customers.parquet");
    await using db = await openDatabase();
    await writeParquet(db, { sql: select }, path);
    const columns = (await describeColumns(db, parquetFile(path))).map(({ name, type }) => decided(name, type));
    const withRoles = customerColumns(columns, dataset);
    const candidates = featureCandidates(withRoles, "all");
    const table = { path, dataset, features: "all" as const, columns: withRoles, candidates, csv: null };
    return await measureCustomers(db, table, checks(table));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A column as its type has it. */
export function decided(name: string, type: string): DecidedColumn {
  const kind = type === "VARCHAR" ? "categorical" : kindOfType(type).kind;
  return { name, type, kind, unused: null };
}

function only(checks: readonly Check[], measurements: Measurements, previous: Figures | undefined): Judged {
  const [result, ...others] = judgeChecks(checks, measurements, previous);
  if (result === undefined || others.length > 0) throw new Error(`${checks.length} checks instead of one`);
  const { gate, waived, ...verdict } = result.verdict;
  return { ...verdict, shown: result.shown };
}
