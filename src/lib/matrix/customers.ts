import * as z from "zod";
import { type Aggregated, aggregate } from "../duckdb/aggregates.ts";
import type { Database } from "../duckdb/database.ts";
import { identifier } from "../duckdb/sql.ts";
import type { Matrix } from "./matrix.ts";
import { requireLabels } from "./matrix.ts";

/** Some rows of a matrix. */
export interface Chunk {
  readonly rowCount: number;
  /** One a feature, each of shape (rowCount,), float32; NaN is a missing value. */
  readonly columns: readonly Float32Array[];
}

/** Some customers with what is known of them. */
export interface LabelledChunk extends Chunk {
  /** 1 = churned, 0 = stayed; shape (rowCount,) */
  readonly label: Float32Array;
}

/** A matrix that is read whenever somebody asks for it, some thousand rows at a time, always in the same order. */
export interface Rows {
  readonly featureNames: readonly string[];
  readonly rowCount: number;
  chunks(): AsyncIterable<Chunk>;
}

/** Customers to learn from. How many they are, and what is in them, is known before they are read. */
export interface Customers extends Rows {
  /** how many of them churned */
  readonly churned: number;
  /** features with infinite values, and how many customers have one */
  readonly infinite: ReadonlyMap<string, number>;
  chunks(): AsyncIterable<LabelledChunk>;
}

/** Customers that are all in memory. */
export interface LabelledMatrix {
  readonly matrix: Matrix;
  /** 1 = churned, 0 = stayed; shape (rowCount,) */
  readonly label: Uint8Array;
}

/** Features that are asked about together. */
const TOGETHER = 20;
const counts = z.int();

/**
 * A relation's customers, counted in one scan and not read yet. They can be read as long as the database is open, while it does
 * nothing else.
 *
 * @param relation  SQL that stands behind FROM
 * @throws {InputError} when a customer has no label, or another one than 0 and 1
 */
export async function customersOf(
  db: Database,
  relation: string,
  { features, label }: { readonly features: readonly string[]; readonly label: string },
): Promise<Customers> {
  const labels: Aggregated = {
    value: asFloat(label),
    aggregates: (value) => [
      ["customers", "count(*)"],
      ["churned", countOf(`${value} = 1`)],
      ["others", countOf(`${value} IS NULL OR ${value} NOT IN (0, 1)`)],
    ],
  };
  const groups = Array.from({ length: Math.ceil(features.length / TOGETHER) }, (_, index): Aggregated => {
    const together = features.slice(index * TOGETHER, (index + 1) * TOGETHER);
    return {
      value: `greatest(${together.map((name) => `isinf(${asFloat(name)})`).join(", ")})`,
      aggregates: (value) => [[`infinite${index}`, countOf(value)]],
    };
  });
  const {
    customers = 0,
    churned = 0,
    others = 0,
    ...infinite
  } = await aggregate(db, relation, [labels, ...groups], counts);
  requireLabels(label, others);
  const anyInfinite = Object.values(infinite).some((count) => count > 0);
  const selected = [...features, label].map(identifier).join(", ");
  return {
    featureNames: features,
    rowCount: customers,
    churned,
    infinite: anyInfinite ? await infiniteOf(db, relation, features) : new Map(),
    async *chunks() {
      for await (const { rowCount, columns } of db.chunks(`SELECT ${selected} FROM ${relation}`))
        yield { rowCount, columns: columns.slice(0, -1), label: columns.at(-1) ?? new Float32Array() };
    },
  };
}

/** The same without labels, of a relation that has so many rows. */
export function rowsOf(db: Database, relation: string, features: readonly string[], rowCount: number): Rows {
  const sql = `SELECT ${features.map(identifier).join(", ")} FROM ${relation}`;
  return { featureNames: features, rowCount, chunks: () => db.chunks(sql) };
}

/** Reads all customers into memory, for who needs them at once. */
export async function collect(customers: Customers): Promise<LabelledMatrix> {
  const { featureNames, rowCount } = customers;
  // Shared, so that a thread which trains on it needs no copy.
  const columns = featureNames.map(
    () => new Float32Array(new SharedArrayBuffer(rowCount * Float32Array.BYTES_PER_ELEMENT)),
  );
  const label = new Uint8Array(rowCount);
  let row = 0;
  for await (const chunk of customers.chunks()) {
    for (const [index, column] of columns.entries()) column.set(chunk.columns[index] ?? [], row);
    label.set(chunk.label, row);
    row += chunk.rowCount;
  }
  return { matrix: { featureNames, rowCount, columns }, label };
}

async function infiniteOf(db: Database, relation: string, features: readonly string[]): Promise<Map<string, number>> {
  const asked = features.map((name, index): Aggregated => {
    const aggregates = (value: string) => [[`f${index}`, countOf(`isinf(${value})`)]] as const;
    return { value: asFloat(name), aggregates };
  });
  const found = await aggregate(db, relation, asked, counts);
  return new Map(
    features.map((name, index) => [name, found[`f${index}`] ?? 0] as const).filter(([, count]) => count > 0),
  );
}

/** 0 where there is nobody. */
function countOf(condition: string): string {
  return `count(*) FILTER (WHERE ${condition})`;
}

function asFloat(column: string): string {
  return `CAST(${identifier(column)} AS FLOAT)`;
}
