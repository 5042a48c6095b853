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
