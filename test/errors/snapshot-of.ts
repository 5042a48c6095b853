import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type * as z from "zod";
import { configSchema } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { literal } from "../../src/lib/duckdb/sql.ts";
import { openSource } from "../../src/lib/source/open.ts";
import { openSnapshot } from "../../src/lib/source/snapshot.ts";
import type { Source } from "../../src/lib/source/source.ts";
import { writeDuckdb } from "../support/data-night.ts";

export const TODAY = "2026-11-23";
export type Given = z.input<typeof configSchema>;

export interface Asked {
  readonly source: Given["source"];
  readonly dataset?: Partial<Given["dataset"]>;
  readonly date?: string;
}

/** Reads a snapshot as extract does. */
export async function snapshot(root: string, { source, dataset, date = TODAY }: Asked, opened?: Source): Promise<void> {
  const config = configSchema.parse({ dataset: { id: "id", target: { column: "churned" }, ...dataset }, source });
  await using db = await openDatabase();
  await openSnapshot(db, opened ?? openSource(config.source, root), {
    dataset: config.dataset,
    date,
    today: TODAY,
    timezone: "UTC",
  });
}

export const URL = "duckdb:customers.duckdb";
export const CUSTOMERS = "CREATE TABLE customers AS SELECT i AS id, i % 2 = 0 AS churned FROM range(4) AS r(i)";

/** A DuckDB file with a table of four customers, and what more statements make. */
export function duckdb(asked: Partial<Given["source"]>, ...more: string[]) {
  return async (root: string) => {
    await writeDuckdb(join(root, "customers.duckdb"), CUSTOMERS, ...more);
    await snapshot(root, { source: { url: URL, ...asked } });
  };
}

/** The same, where dataset is asked for more. */
export function dataset(changed: Partial<Given["dataset"]>, columns = "", date = TODAY) {
  return async (root: string) => {
    const rows = `SELECT i AS id, i % 2 = 0 AS churned${columns} FROM range(4) AS r(i)`;
    await writeDuckdb(join(root, "customers.duckdb"), `CREATE TABLE customers AS ${rows}`);
    await snapshot(root, { source: { url: URL, table: "customers" }, dataset: changed, date });
  };
}

/** A file with some content. */
export function file(name: string, content: string | Uint8Array, url: string, more: Partial<Asked> = {}) {
  return async (root: string) => {
    await mkdir(join(root, name, ".."), { recursive: true });
    await writeFile(join(root, name), content);
    await snapshot(root, { source: { url }, ...more });
  };
}

/** A pipe, which would be waited for. */
export function pipe(name: string, asked: Given["source"]) {
  return async (root: string) => {
    await mkdir(join(root, name, ".."), { recursive: true });
    execFileSync("mkfifo", [join(root, name)]);
    await snapshot(root, { source: asked });
  };
}

/** A Parquet file of four customers below the folder. */
export async function parquet(root: string, name: string, columns = "", options = ""): Promise<void> {
  await mkdir(join(root, name, ".."), { recursive: true });
  await using db = await openDatabase();
  const rows = `SELECT i AS id, i % 2 = 0 AS churned${columns} FROM range(4) AS r(i)`;
  await db.run(`COPY (${rows}) TO ${literal(join(root, name))} (FORMAT parquet${options})`);
}

export function parquets(url: string, ...names: string[]) {
  return async (root: string) => {
    for (const name of names) await parquet(root, name);
    await snapshot(root, { source: { url } });
  };
}

export async function changed(path: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  await writeFile(path, change(await readFile(path)));
}

export const flipped = (bytes: Buffer, at: number) => {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x41, at);
  return bytes;
};

/** A DuckDB file of a thousand customers, changed. */
export function damaged(
  change: (bytes: Buffer) => Uint8Array,
  asked: Partial<Given["source"]> = { table: "customers" },
) {
  return async (root: string) => {
    const path = join(root, "customers.duckdb");
    await writeDuckdb(
      path,
      "CREATE TABLE customers AS SELECT i AS id, i % 2 = 0 AS churned, hash(i) AS h FROM range(100000) AS r(i)",
    );
    await changed(path, change);
    await snapshot(root, { source: { url: URL, ...asked } });
  };
}
