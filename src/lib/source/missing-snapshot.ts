import { type ChurnError, NoSnapshotError, TryLaterError, UsageError } from "../errors.ts";
import type { DateColumn, Source, SourceSession } from "./source.ts";

/**
 * Why a date has no rows: the source is empty, holds other dates, or no dates at all.
 *
 * @param dates  the column of dataset.date, where there is one
 * @param days   YYYY-MM-DD both
 * @returns      "try later" where today's rows may still come
 */
export async function missingSnapshot(
  source: Source,
  session: SourceSession,
  dates: DateColumn | undefined,
  { date, today }: { readonly date: string; readonly today: string },
): Promise<ChurnError> {
  const { description, choosesDate } = source;
  if (choosesDate || dates === undefined) return choosesDate ? noSnapshot() : noRows();
  const newest = await session.newestDate(dates, today);
  if (newest.date !== undefined) return noSnapshot(newest.date);
  if (newest.rows === 0) return noRows();
  // Rows without a single date are another mistake than no rows.
  const instead = newest.example === null ? "all are null" : `the first is ${newest.example}`;
  return new UsageError(
    `dataset.date: ${dates.name} of ${session.name} has no date up to today, ${today}: ${instead}`,
    "DATE, TIMESTAMP or text that begins with YYYY-MM-DD is needed",
  );

  function noRows(): ChurnError {
    const message = `${session.name === description ? "" : `${session.name} of `}${description} has no rows`;
    return date === today
      ? new TryLaterError(message, "run it again once it is filled")
      : new UsageError(message, "source.url and source.table in churn.yaml say what is read");
  }

  function noSnapshot(newest?: string): ChurnError {
    const known = newest === undefined ? "" : ` (the newest is ${newest})`;
    const next = ["once it is there:", `churn run-all --date ${date}`];
    return date === today
      ? new TryLaterError(`no snapshot for today, ${date}, in ${description} yet${known}`, next)
      : new NoSnapshotError(`no snapshot for ${date} in ${description}${known}`, next);
  }
}
