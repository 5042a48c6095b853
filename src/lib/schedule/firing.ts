import type { LastStart } from "../ledger/last-start.ts";
import type { Installed } from "./installed.ts";
import { GRACE_MS } from "./missed.ts";
import { type Daily, nextRun } from "./next-run.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** When something that is installed starts the nights, and whether it did. */
export interface Firing {
  readonly next: Date;
  /** when it should have started one last, where the ledger knows of no start by a schedule since */
  readonly unfired: Date | undefined;
}

/**
 * Undefined for what somebody has made something else of than one time a day.
 *
 * @param options.timezone  the workspace's, for a machine that doesn't say its own
 * @param options.last      the last start by a schedule; where none is known, nobody can say that it didn't fire
 */
export function firingOf(
  { by, at, zone }: Pick<Installed, "by" | "at" | "zone">,
  { timezone, now, last }: { readonly timezone: string; readonly now: Date; readonly last: LastStart | undefined },
): Firing | undefined {
  if (at === undefined) return undefined;
  const daily = { at, zone: zone ?? timezone, by };
  const due = last && lastDue(daily, new Date(now.getTime() - GRACE_MS));
  const hasFired = due === undefined || last === undefined || last.time.getTime() >= due.getTime() - MINUTE_MS;
  return { next: nextRun(daily, now), unfired: hasFired ? undefined : due };
}

/** When it should have begun last; undefined where no day of the last two has that time. */
function lastDue(daily: Daily, now: Date): Date | undefined {
  let due: Date | undefined;
  for (let next = nextRun(daily, new Date(now.getTime() - 2 * DAY_MS)); next <= now; next = nextRun(daily, next))
    due = next;
  return due;
}
