import * as z from "zod";
import type { Database } from "./database.ts";
import { identifier } from "./sql.ts";

/** Expressions in one query. DuckDB plans thousands of them in quadratic time: 20 s for a table of 1,600 columns. */
const TOGETHER = 25;

/** A value of each row, and what is asked of all of them. */
export interface Aggregated {
  /** of one row, as SQL */
  readonly value: string;
  /** a column of the table's as the value has it; undefined: as the table has it. All values of one call have one, or none has */
  readonly over?: { readonly name: string; readonly sql: string };
  /** aggregates by their names, over what the value is called: each expression is written, and bound, once */
  readonly aggregates: (value: string) => readonly (readonly [name: string, sql: string])[];
}

/**
 * Aggregates over a table, by their names; of many values in several scans, each of which reads the columns that it needs.
 *
 * @param answer  the schema of each aggregate
 * @param rows    so many of the table's rows and no more, whichever come first; by default all
 */
export async function aggregate<Answer extends z.ZodType>(
  db: Database,
  table: string,
  asked: readonly Aggregated[],
  answer: Answer,
  rows?: number,
): Promise<Readonly<Record<string, z.output<Answer>>>> {
  const limit = rows === undefined ? "" : ` LIMIT ${rows}`;
  const found: [string, z.output<Answer>][] = [];
  for (let start = 0; start < asked.length; start += TOGETHER) {
    const together = asked.slice(start, start + TOGETHER);
    const values = together.map(({ value }, index) => `${value} AS v${index}`);
    const selected = together.flatMap(({ aggregates }, index) => aggregates(`v${index}`));
    const columns = together.flatMap(({ over }) =>
      over === undefined ? [] : [`${over.sql} AS ${identifier(over.name)}`],
    );
    const from = columns.length === 0 ? table : `(SELECT ${columns.join(", ")} FROM ${table})`;
    const [answers = {}] = await db.rows(
      `SELECT ${selected.map(([name, sql]) => `${sql} AS ${name}`).join(", ")} FROM (SELECT ${values.join(", ")} FROM ${from}${limit})`,
      z.record(z.string(), answer),
    );
    found.push(...Object.entries(answers));
  }
  return Object.fromEntries(found);
}

/** A value of each row, and what is to be known of all of them. */
export interface Questioned extends Omit<Aggregated, "aggregates"> {
  /** over what the value is called */
  readonly questions: (value: string) => readonly Question[];
}

export interface Question {
  readonly name: string;
  /** an aggregate that gives a boolean */
  readonly sql: string;
  /** the answer of some rows that no further row can change; undefined: there is none */
  readonly final?: boolean;
}

/** Rows that settle most questions: as many as DuckDB looks at together. */
const FIRST_ROWS = 2048;

/** Answers questions about a table, by their names: from its first rows what they settle, and from all rows the rest. */
export async function answerQuestions(
  db: Database,
  table: string,
  asked: readonly Questioned[],
): Promise<Readonly<Record<string, boolean | null>>> {
  const schema = z.boolean().nullable();
  const all = asked.map((one) => ({ ...one, aggregates: aggregatesOf(one, () => true) }));
  const first = await aggregate(db, table, all, schema, FIRST_ROWS);
  const isOpen = ({ name, final }: Question) => first[name] !== final;
  const open = asked.filter(({ value, questions }) => questions(value).some(isOpen));
  const rest = open.map((one) => ({ ...one, aggregates: aggregatesOf(one, isOpen) }));
  return { ...first, ...(await aggregate(db, table, rest, schema)) };
}

function aggregatesOf({ questions }: Questioned, chosen: (question: Question) => boolean): Aggregated["aggregates"] {
  return (value) =>
    questions(value)
      .filter(chosen)
      .map(({ name, sql }) => [name, sql] as const);
}
