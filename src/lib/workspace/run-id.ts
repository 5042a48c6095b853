import { randomInt } from "node:crypto";
import type { Store } from "../store/store.ts";

/** By which run-all tells its stages' processes their run. */
export const RUN_ID_VARIABLE = "CHURN_RUN_ID";

/**
 * A new run's id, `20261123T050000Z-7f3a`: its start in UTC and four random hex digits. The folder for its attempts is made
 * exclusively, so no two runs share an id. Names order a night's runs: of two that started within one second, as after a
 * kill, the second one has the higher digits.
 */
export async function createRunId(store: Store, night: string, now: Date): Promise<string> {
  const start = stampOf(now);
  for (;;) {
    const before = (await store.list(`records/${night}/attempts`)).findLast((run) => run.startsWith(start));
    const lowest = before === undefined ? 0 : Number.parseInt(before.slice(-4), 16) + 1;
    // The lower half of what is left, so that there is always room above.
    const digits = lowest + randomInt(Math.ceil((0x10000 - lowest) / 2));
    const run = withDigits(start, digits);
    if (await store.createFolder(`records/${night}/attempts/${run}`)) return run;
  }
}

/** An id of the same form for a start that works on no night. */
export function startId(now: Date): string {
  return withDigits(stampOf(now), randomInt(0x10000));
}

function stampOf(moment: Date): string {
  return moment.toISOString().replace(/[-:]|\.\d+/g, "");
}

function withDigits(stamp: string, digits: number): string {
  return `${stamp}-${digits.toString(16).padStart(4, "0")}`;
}

/** When a run started, by its id to the second; undefined for a name that is no run's. */
export function startOfRun(run: string): Date | undefined {
  const [, date, hours, minutes, seconds] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z-[\da-f]{4}$/.exec(run) ?? [];
  if (date === undefined) return undefined;
  const day = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`;
  const start = new Date(`${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(start.getTime()) ? undefined : start;
}

/** The last four digits, which screens show. */
export function shortRun(run: string): string {
  return run.slice(-4);
}
