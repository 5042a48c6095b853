import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";

/** Where churn.yaml doesn't say it, scoring an older model has the hundredth part of a whole run's time. */
const PARTS = 100;
/** Where a run has little time: what a sound model needs on a slow machine, and never more than a quarter of it. */
const LEAST_SECONDS = 10;

/** How many seconds the model in production may take to be scored. */
export function scoringLimitSeconds({ compare, run }: Pick<Config, "compare" | "run">): number {
  if (compare.scoring_timeout !== undefined) return secondsOf(compare.scoring_timeout);
  const whole = secondsOf(run.timeout);
  return Math.max(whole / PARTS, Math.min(LEAST_SECONDS, whole / 4));
}
