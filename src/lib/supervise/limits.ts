import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";

/**
 * How many seconds a stage may take: its own limit, and never more than the run has left.
 *
 * @param runSeconds  how long the run has worked, by a clock that nobody sets and that stands still while the machine sleeps
 */
export function stageLimitSeconds(
  config: Pick<Config["run"], "timeout" | "stages">,
  stage: string,
  runSeconds: number,
): number {
  const own = config.stages[stage];
  const left = secondsOf(config.timeout) - runSeconds;
  return Math.max(0, Math.min(own === undefined ? Number.POSITIVE_INFINITY : secondsOf(own), left));
}
