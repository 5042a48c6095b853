import * as z from "zod";
import type { Database } from "../duckdb/database.ts";
import type { TypedColumn } from "../duckdb/describe.ts";
import { identifier } from "../duckdb/sql.ts";
import type { ReplacedColumn } from "./typed-relation.ts";

/** How a key is read, and what its values may turn out to be. */
export interface DeclaredKey extends TypedColumn {
  readonly maybe: "number" | "time" | "nested" | "text";
}

/**
 * How the keys are read that DuckDB found. Its guesses at dates drop zones and take 11-02-2024 for the 11th of February, and
 * what is declared a date loses what stands behind it: texts are read as texts, and looked at. Objects, lists and what is
 * several things keep JSON's own form.
 *
 * @param guessed  by DuckDB, from all rows
 * @param text     columns that are text whatever they look like
 */
export function declareKeys(guessed: readonly TypedColumn[], text: readonly string[]): DeclaredKey[] {
  return guessed.map(({ name, type }) => {
    if (text.includes(name)) return { name, type: "VARCHAR", maybe: "text" };
    if (/^(BOOLEAN|U?(BIG|HUGE)INT|DOUBLE)$/.test(type)) return { name, type, maybe: "number" };
    if (/^(VARCHAR|DATE|TIME|TIMESTAMP.*|UUID)$/.test(type)) return { name, type: "VARCHAR", maybe: "time" };
    return { name, type: "JSON", maybe: "nested" };
  });
}

/** ISO 8601, as databases and languages write it; a text of another form stays text. */
const TIMES = [
  { type: "DATE", form: "\\d{4}-\\d{2}-\\d{2}" },
  { type: "TIMESTAMP", form: "\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?" },
  {
    type: "TIMESTAMP WITH TIME ZONE",
    form: "\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?(Z|[+-]\\d{2}(:?\\d{2})?)",
  },
] as const;

/**
 * What the keys are by all their values: dates and times where each value is one, in the same form; text where there are texts,
 * numbers and booleans; what has objects or lists stays JSON.
 *
 * @param relation  SQL that reads the keys as they are declared
 */
export async function replacedKeys(
  db: Database,
  relation: string,
  keys: readonly DeclaredKey[],
): Promise<readonly ReplacedColumn[]> {
  const asked = keys.filter(({ maybe }) => maybe === "time" || maybe === "nested");
  if (asked.length === 0) return [];
  const measures = asked.flatMap(({ name, maybe }, index) => {
    const column = identifier(name);
    if (maybe === "nested") return [`bool_or(json_type(${column}) IN ('OBJECT', 'ARRAY')) AS n${index}`];
    return TIMES.map(({ type, form }, kind) => {
      // CASE, since AND would cast every text before it looks at its form.
      const isTime = `CASE WHEN regexp_full_match(${column}, '${form}') THEN TRY_CAST(${column} AS ${type}) IS NOT NULL ELSE false END`;
      return `bool_and(${isTime}) FILTER (WHERE ${column} IS NOT NULL) AS t${index}_${kind}`;
    });
  });
  const flags = z.record(z.string(), z.boolean().nullable());
  const [found = {}] = await db.rows(`SELECT ${measures.join(", ")} FROM ${relation}`, flags);
  return asked.flatMap(({ name, maybe }, index) => {
    if (maybe === "nested") {
      const scalar = { name, type: "VARCHAR", expression: `${identifier(name)} ->> '$'` };
      return found[`n${index}`] === true ? [] : [scalar];
    }
    const time = TIMES.find((_, kind) => found[`t${index}_${kind}`] === true);
    return time === undefined
      ? []
      : [{ name, type: time.type, expression: `CAST(${identifier(name)} AS ${time.type})` }];
  });
}

/**
 * The names that DuckDB gave to keys of another name: an empty key, and one that differs from another in case only.
 *
 * @param lines  SQL that reads each line whole, as the column `json`
 */
export async function renamedKeys(db: Database, lines: string, guessed: readonly TypedColumn[]): Promise<string[]> {
  const names = new Set(guessed.map(({ name }) => name.toLowerCase()));
  const isPerhaps = (name: string) =>
    /^C\d+$/.test(name) || names.has(/^(.*)_\d+$/.exec(name.toLowerCase())?.[1] ?? "");
  if (!guessed.some(({ name }) => isPerhaps(name))) return [];
  const keys = await db.rows(
    `SELECT DISTINCT unnest(json_keys(json)) AS key FROM ${lines}`,
    z.object({ key: z.string() }),
  );
  const known = new Set(keys.map(({ key }) => key));
  return guessed.map(({ name }) => name).filter((name) => !known.has(name));
}
