import { type ChurnError, NoSnapshotError, TryLaterError, UsageError } from "../errors.ts";

/** What source.ready is, where it is something else. */
export const READY_HINT = "a SELECT of one value, such as SELECT count(*) > 0 FROM loads WHERE day = {date}";

/** What somebody waits for: the date, and what has it. */
export interface Awaited {
  /** YYYY-MM-DD both */
  readonly date: string;
  readonly today: string;
}

/**
 * What isn't there: of today it may still come, a past date's should be.
 *
 * @param what    a sentence without its end: "no snapshot for today in customers.duckdb yet"
 * @param past    what a person looks at where the date is a past one
 */
export function notThere(what: string, { date, today }: Awaited, past: string): ChurnError {
  if (date !== today) return new NoSnapshotError(what, past);
  return new TryLaterError(what, ["once it is there:", `churn run-all --date ${date}`]);
}

/**
 * Holds that source.ready's answer is yes: true, or a number above zero. Databases and their drivers write that as text, number
 * or boolean.
 *
 * @param rows  the whole answer
 * @param place  what was asked, for the sentence: "postgres://db/shop"
 * @throws {TryLaterError | UsageError} when it is no, as `notThere` says
 * @throws {UsageError} when it is neither, or not one value
 */
export function requireReady(rows: readonly (readonly unknown[])[], place: string, awaited: Awaited): void {
  const [first, second] = rows;
  if (second !== undefined || (first !== undefined && first.length !== 1)) {
    throw new UsageError(
      `source.ready gives ${second === undefined ? `${first?.length} columns` : "more than one row"}, and one value is asked`,
      READY_HINT,
    );
  }
  const answer = readyValue(first?.[0]);
  if (answer === undefined) {
    throw new UsageError("source.ready gives neither true nor false nor a number", READY_HINT);
  }
  if (answer) return;
  const { date, today } = awaited;
  throw notThere(
    `the customers of ${date === today ? `today, ${date},` : date} aren't complete in ${place}: source.ready says no`,
    awaited,
    "source.ready in churn.yaml says when a date is complete",
  );
}

/** Undefined where it is neither yes nor no. */
function readyValue(value: unknown): boolean | undefined {
  if (value === null || value === undefined) return false;
  if (typeof value === "boolean") return value;
  const text = String(value).trim().toLowerCase();
  if (/^(?:t|true)$/.test(text)) return true;
  if (/^(?:f|false)$/.test(text)) return false;
  const number = text === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number > 0 : undefined;
}
