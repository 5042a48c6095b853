import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";

/**
 * How many seconds a stage may take: its own limit, and never more than the run has left.
 *
 * @param runSeconds  how long the run has worked, by a clock that nobody sets and that stands still while the machine sleeps
 */
export function stageLimitSeconds(config: Config["run"], stage: string, runSeconds: number): number {
  const own = config.stages[stage];
  const left = secondsOf(config.timeout) - runSeconds;
  return Math.max(0, Math.min(own === undefined ? Number.POSITIVE_INFINITY : secondsOf(own), left));
}

/** The longest time that Node's timers reckon with: 24.8 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls once so much time is over. @returns a function that calls it off */
export function afterSeconds(seconds: number, act: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (leftMs: number) => {
    const next = leftMs > LONGEST_TIMER_MS ? () => wait(leftMs - LONGEST_TIMER_MS) : act;
    timer = setTimeout(next, Math.min(leftMs, LONGEST_TIMER_MS));
  };
  wait(seconds * 1000);
  return () => clearTimeout(timer);
}
