import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import type { Source } from "./source.ts";

/** Whether customers of another day than today can be asked for. */
export function showsPastDays(
  { dataset }: Pick<Config, "dataset">,
  { choosesDate }: Pick<Source, "choosesDate">,
): boolean {
  return dataset.date !== null || choosesDate;
}

/**
 * Whether the customers of a date can be read once more, and are the same unless others were delivered meanwhile. A server's current
 * state is another one a minute later, and that of a day that is over is gone.
 *
 * @param days  YYYY-MM-DD: the date that is asked for, and today
 */
export function canReadAgain(
  config: Pick<Config, "dataset">,
  source: Pick<Source, "choosesDate" | "isLive">,
  { date, today }: { readonly date: string; readonly today: string },
): boolean {
  return showsPastDays(config, source) || (source.isLive !== true && date === today);
}

/** @throws {UsageError} where they can't be */
export function requirePastDays(
  config: Pick<Config, "dataset">,
  source: Pick<Source, "choosesDate" | "description">,
): void {
  if (showsPastDays(config, source)) return;
  throw new UsageError(
    `${source.description} shows the current state alone (dataset.date is null): days of the past can't be caught up`,
    "dataset.date in churn.yaml names the snapshot's date column, {date} in source.query chooses the day",
  );
}
