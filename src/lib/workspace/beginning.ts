import { UsageError } from "../errors.ts";

/** Longer than any run; what is older was left behind in somebody's shell. */
const LONGEST_MS = 86_400_000;

/**
 * When a run began. A process is a run of its own, unless CHURN_NOW, in seconds since 1970, says when the run began that it is
 * a part of: make starts a process a stage, and a night that goes on past midnight keeps its date.
 *
 * @param now  the clock
 * @throws {UsageError} when CHURN_NOW is no such number, or more than a day away
 */
export function beginning(env: Readonly<Record<string, string | undefined>>, now: Date): Date {
  const text = env.CHURN_NOW;
  if (text === undefined || text === "") return now;
  const began = /^\d{1,12}$/.test(text) ? Number(text) * 1000 : Number.NaN;
  if (Math.abs(now.getTime() - began) < LONGEST_MS) return new Date(began);
  throw new UsageError(
    `CHURN_NOW must be the seconds since 1970 at which a run began, within the last day, but is ${JSON.stringify(text)}`,
    "date +%s prints them; without the variable a run begins when it is started",
  );
}
