import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base } from "vitest";
import * as z from "zod";
import type { Config } from "../../src/lib/config/schema.ts";
import { openDatabase } from "../../src/lib/duckdb/open.ts";
import { openSource } from "../../src/lib/source/open.ts";

/** A test with a folder of its own, where a source's files lie. */
export const test = base.extend<{ root: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  root: async ({}, use) => {
    const root = await mkdtemp(join(tmpdir(), "churn-source-"));
    await use(root);
    await rm(root, { recursive: true, force: true });
  },
});

/**
 * All that a source has for 2026-11-23.
 *
 * @param text     the columns that are text whatever they look like
 * @param dataset  of churn.yaml, where a test depends on it
 */
export async function readSource(
  settings: Config["source"],
  root: string,
  text: readonly string[] = [],
  dataset?: Config["dataset"],
) {
  await using db = await openDatabase();
  const source = openSource(settings, root);
  await using session = await source.open(db, {
    date: "2026-11-23",
    text,
    ...(dataset === undefined ? {} : { files: { dataset, earlier: undefined } }),
  });
  const { name, columns } = session;
  await session.load("memory.main.loaded", { columns: columns.map((column) => column.name), day: undefined });
  const rows = await db.rows("FROM memory.main.loaded ORDER BY ALL", z.record(z.string(), z.unknown()));
  return { description: source.description, name, columns, rows };
}
