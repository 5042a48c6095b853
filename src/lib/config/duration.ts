import * as z from "zod";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** A hundred years: dates are reckoned with it, and JavaScript's end somewhere. */
const LONGEST_SECONDS = 36_500 * 86_400;

const WANTED = "a number with s, m, h or d, such as 90m, of at most 36500d";

/** A duration as churn.yaml writes it: 90m, 4h, 90d. */
export const duration = z
  .string()
  .regex(/^\d+(s|m|h|d)$/, { error: WANTED, abort: true })
  .refine((text) => secondsOf(text) <= LONGEST_SECONDS, WANTED)
  .describe("such as 90m, 4h, 90d");

/** For how long a run that says nothing more can hold a bucket: others wait for so long when it dies. */
export const LONGEST_LEASE_SECONDS = 600;

/** A duration where people think in days: 7d, or 7 alone. */
export const durationOrDays = z.union([
  duration,
  z
    .int()
    .min(0)
    .max(LONGEST_SECONDS / 86_400)
    .transform((days) => `${days}d`),
]);

/** The seconds of a duration. */
export function secondsOf(text: string): number {
  return Number(text.slice(0, -1)) * (SECONDS[text.slice(-1)] ?? 1);
}
