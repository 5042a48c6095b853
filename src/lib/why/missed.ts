import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { missedDays } from "../schedule/missed.ts";
import type { Night } from "../workspace/night.ts";
import type { Why } from "./format.ts";

/**
 * The story of a night for which nothing was started, although it was due.
 *
 * @param known  all nights of the store, oldest first
 * @throws {UsageError} when it wasn't due: it is older than all nights, or its time has not come
 */
export function missedNight(
  night: Night,
  known: readonly Night[],
  { config, now }: { readonly config: Pick<Config, "timezone" | "schedule">; readonly now: Date },
): Why {
  const { date } = night;
  const daily = { at: config.schedule.at, zone: config.timezone, by: "cron" as const };
  const [first] = known;
  const isDue = missedDays(daily, { since: date, until: date }, { begun: () => false, now }).length > 0;
  if (first === undefined || date < first.date || !isDue)
    throw new UsageError(`there is no night of ${night.name} in this store`, "churn status shows the newest ones");
  return {
    night: night.name,
    date,
    outcome: "missed",
    run: null,
    starts: 0,
    data: null,
    gates: null,
    waived: [],
    split: null,
    model: null,
    comparison: null,
    decision: null,
    failure: null,
    missing: [],
    told: [],
    files: [],
    version: null,
    next: [`churn run-all --date ${date}`],
    problems: [],
  };
}
