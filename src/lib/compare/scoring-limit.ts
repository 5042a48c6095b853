import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";

/** Of the time that a whole run has, so much is for scoring an older model where churn.yaml doesn't say it. */
const SHARE = 0.01;
/** Where a run has little time: what a sound model needs on a slow machine, and never more than a quarter of it. */
const LEAST_SECONDS = 10;

/** How many seconds the model in production may take to be scored. */
export function scoringLimitSeconds({ compare, run }: Pick<Config, "compare" | "run">): number {
  if (compare.scoring_timeout !== undefined) return secondsOf(compare.scoring_timeout);
  const whole = secondsOf(run.timeout);
  return Math.max(whole * SHARE, Math.min(LEAST_SECONDS, whole / 4));
}
