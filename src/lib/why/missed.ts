import type { Config } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import { lastStart } from "../ledger/last-start.ts";
import { NIGHT_KINDS, nightsOf, startsOf } from "../ledger/nights-of.ts";
import { type LedgerPlace, readLedger } from "../ledger/read.ts";
import { installedSchedules } from "../schedule/installed.ts";
import { missedDays } from "../schedule/missed.ts";
import { FIRED, startsUnattended } from "../schedule/unattended.ts";
import { listNights } from "../stage/nights.ts";
import { addDays, type Night } from "../workspace/night.ts";
import type { Why } from "./format.ts";

/** Before a day that may have been missed: how nights were started from then on says whether it was due. */
const NEIGHBOUR_DAYS = 7;

/**
 * The story of a night for which nothing was started, although it was due.
 *
 * @param env  the process's environment: where crontab is found
 * @throws {UsageError} when it wasn't due: it is older than all nights, its time has not come, or only persons start the nights
 * @throws as `readLedger`
 */
export async function missedNight(
  place: LedgerPlace,
  night: Night,
  {
    config,
    env,
    now,
  }: {
    readonly config: Pick<Config, "timezone" | "schedule">;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly now: Date;
  },
): Promise<Why> {
  const { date } = night;
  const [first] = await listNights(place);
  const by = await startedBy(place, date, { timezone: config.timezone, env, now });
  const daily = by && { at: config.schedule.at, zone: config.timezone, by };
  const isDue = daily && missedDays(daily, { since: date, until: date }, { begun: () => false, now }).length > 0;
  if (first === undefined || date < first.date || isDue !== true)
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

async function startedBy(
  place: LedgerPlace,
  date: string,
  {
    timezone,
    env,
    now,
  }: { readonly timezone: string; readonly env: Readonly<Record<string, string | undefined>>; readonly now: Date },
): Promise<ReturnType<typeof startsUnattended>> {
  const schedules = await installedSchedules(place.root, env);
  const last = lastStart(place.root, FIRED);
  const known = startsUnattended(schedules, last === undefined ? [] : [last], timezone);
  if (known !== undefined) return known;
  // Another scheduler's habit, or what others know who work on the same store.
  const { events } = await readLedger(place, { since: addDays(date, -NEIGHBOUR_DAYS), kinds: NIGHT_KINDS, now });
  return startsUnattended(schedules, startsOf(nightsOf(events)), timezone);
}
