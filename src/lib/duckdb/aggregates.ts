import * as z from "zod";
import type { Database } from "./database.ts";

/** Expressions in one query. DuckDB plans thousands of them in quadratic time: 20 s for a table of 1,600 columns. */
const TOGETHER = 25;

/** A value of each row, and what is asked of all of them. */
export interface Aggregated {
  /** of one row, as SQL */
  readonly value: string;
  /** aggregates by their names, over what the value is called: each expression is written, and bound, once */
  readonly aggregates: (value: string) => readonly (readonly [name: string, sql: string])[];
}

/**
 * Aggregates over a table, by their names; of many values in several scans, each of which reads the columns that it needs.
 *
 * @param answer  the schema of each aggregate
 */
export async function aggregate<Answer extends z.ZodType>(
  db: Database,
  table: string,
  asked: readonly Aggregated[],
  answer: Answer,
): Promise<Readonly<Record<string, z.output<Answer>>>> {
  const found: [string, z.output<Answer>][] = [];
  for (let start = 0; start < asked.length; start += TOGETHER) {
    const together = asked.slice(start, start + TOGETHER);
    const values = together.map(({ value }, index) => `${value} AS v${index}`);
    const selected = together.flatMap(({ aggregates }, index) => aggregates(`v${index}`));
    const [answers = {}] = await db.rows(
      `SELECT ${selected.map(([name, sql]) => `${sql} AS ${name}`).join(", ")} FROM (SELECT ${values.join(", ")} FROM ${table})`,
      z.record(z.string(), answer),
    );
    found.push(...Object.entries(answers));
  }
  return Object.fromEntries(found);
}
