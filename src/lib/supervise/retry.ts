import { setTimeout as sleep } from "node:timers/promises";
import { TIME_OF_DAY } from "../config/time-of-day.ts";
import { UsageError } from "../errors.ts";
import { today } from "../workspace/night.ts";
import { momentOf, wallClock } from "../workspace/timezone.ts";
import type { Interruption } from "./interruption.ts";

/** Seconds before a run tries again; each next wait is twice as long. */
const FIRST_WAIT_SECONDS = 5;
const LONGEST_WAIT_SECONDS = 300;
/** A clock that is set, or a machine that slept, is noticed after so long. */
const LOOK_MS = 1000;

/** What is carried from one try of a run to the next. */
export interface Retries {
  /** the run's id, once it has one: all its tries are one run */
  runId: string | undefined;
  /** seconds that stages have worked, which count against run.timeout; waiting doesn't */
  workedSeconds: number;
  /** stages that have run */
  readonly done: Set<string>;
  /** When the next try is due; undefined where there is none: nothing more would be tried before the end. */
  next(now: Date): Date | undefined;
}

/**
 * The tries of a run under --retry-until.
 *
 * @param until  the moment after which none begins; undefined for a run that is tried once
 */
export function retriesUntil(until: Date | undefined): Retries {
  let tries = 0;
  return {
    runId: undefined,
    workedSeconds: 0,
    done: new Set(),
    next: (now) => {
      if (until === undefined || now >= until) return undefined;
      const seconds = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** tries);
      tries += 1;
      return new Date(Math.min(now.getTime() + seconds * 1000, until.getTime()));
    },
  };
}

/**
 * The moment that --retry-until names: a time of today in the configured time zone.
 *
 * @param text  HH:MM
 * @throws {UsageError} when it is none, or already past
 */
export function parseUntil(text: string, timezone: string, now: Date): Date {
  if (!TIME_OF_DAY.test(text))
    throw new UsageError(
      `--retry-until must be a time of the day, but is ${JSON.stringify(text)}`,
      "write HH:MM, such as 09:00",
    );
  const until = momentOf(timezone, today(timezone, now), text);
  if (until > now) return until;
  const { time } = wallClock(timezone, now);
  throw new UsageError(
    `--retry-until ${text} is already past: it is ${time.slice(0, 5)} in ${timezone}`,
    "name a later time of today",
  );
}

/** Whether a failure is a service's, and may be over a while later: never a limit of time or memory, or a full disk. */
export function mayPass({ name, exitCode }: { readonly name: string; readonly exitCode: number }): boolean {
  return exitCode === 75 || name === "UnreachableError";
}

/** @throws {InterruptedError} as soon as churn is asked to stop */
export async function waitUntil(moment: Date, interruption: Interruption): Promise<void> {
  const stop = new AbortController();
  const forget = interruption.onSignal(() => stop.abort());
  try {
    while (!stop.signal.aborted && Date.now() < moment.getTime()) {
      await sleep(Math.min(LOOK_MS, moment.getTime() - Date.now()), undefined, { signal: stop.signal }).catch(() => {});
    }
  } finally {
    forget();
  }
  interruption.throwIfInterrupted();
}
