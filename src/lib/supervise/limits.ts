import type { Config } from "../config/schema.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** The seconds of a duration as churn.yaml writes it: 90m, 4h, 90d. */
export function secondsOf(duration: string): number {
  return Number(duration.slice(0, -1)) * (SECONDS[duration.slice(-1)] ?? 1);
}

/** How many seconds a stage may take: its own limit, and never more than the run has left. */
export function stageLimitSeconds(config: Config["run"], stage: string, runStartedAt: number, now: number): number {
  const own = config.stages[stage];
  const left = secondsOf(config.timeout) - (now - runStartedAt) / 1000;
  return Math.max(0, Math.min(own === undefined ? Number.POSITIVE_INFINITY : secondsOf(own), left));
}
