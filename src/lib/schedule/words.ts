import type { Config } from "../config/schema.ts";

/** What is started. */
export type Job = "a night" | "the watchdog";

/**
 * The words behind churn -C WORKSPACE that a scheduler starts.
 *
 * @param by  what a timer starts may say all: the journal keeps it, where cron would mail it
 */
export function scheduledWords(job: Job, by: "cron" | "timer", { schedule }: Pick<Config, "schedule">): string[] {
  const { catch_up, wait_lock } = schedule;
  const quiet = by === "cron" ? ["--quiet"] : [];
  if (job === "the watchdog") return ["watchdog", ...quiet];
  return [
    "run-all",
    ...(catch_up === null ? [] : ["--catch-up", String(catch_up)]),
    ...(wait_lock === null ? [] : ["--wait-lock", wait_lock]),
    ...quiet,
  ];
}
