import { randomInt } from "node:crypto";
import type { Store } from "../store/store.ts";

/** By which run-all tells its stages' processes their run. */
export const RUN_ID_VARIABLE = "CHURN_RUN_ID";

/**
 * A new run's id, `20261123T050000Z-7f3a`: its start in UTC and four random hex digits. The folder for its attempts is made
 * exclusively, so no two runs share an id. Names order a night's runs: of two that started within one second, as after a
 * kill, the second one has the higher digits, and one that starts after the clock was set back has the start of the one before it.
 */
export async function createRunId(store: Store, night: string, now: Date): Promise<string> {
  for (;;) {
    const runs = await store.list(`records/${night}/attempts`);
    const { start, lowest } = placeAfter(
      runs.findLast((run) => startOfRun(run) !== undefined),
      now,
    );
    // The lower half of what is left, so that there is always room above.
    const digits = lowest + randomInt(Math.ceil((DIGITS - lowest) / 2));
    const run = withDigits(start, digits);
    if (await store.createFolder(`records/${night}/attempts/${run}`)) return run;
  }
}

const DIGITS = 0x10000;

/** Where a new run's name may stand: behind the last one's, whatever the clock says. */
function placeAfter(last: string | undefined, now: Date): { readonly start: string; readonly lowest: number } {
  const start = stampOf(now);
  const [before = "", digits = ""] = last?.split("-") ?? [];
  if (last === undefined || before < start) return { start, lowest: 0 };
  const lowest = Number.parseInt(digits, 16) + 1;
  if (lowest < DIGITS) return { start: before, lowest };
  return { start: stampOf(new Date((startOfRun(last) ?? now).getTime() + 1000)), lowest: 0 };
}

/** An id of the same form for a start that works on no night. */
export function startId(now: Date): string {
  return withDigits(stampOf(now), randomInt(DIGITS));
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
