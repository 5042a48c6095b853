import { setTimeout as sleep } from "node:timers/promises";
import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { TIME_OF_DAY } from "../config/time-of-day.ts";
import { UsageError } from "../errors.ts";
import { sha256 } from "../files/fingerprint.ts";
import { today } from "../workspace/night.ts";
import { momentOf, wallClock } from "../workspace/timezone.ts";
import type { Interruption } from "./interruption.ts";

/** Each wait is twice as long as the one before, up to so many seconds. */
const LONGEST_WAIT_SECONDS = 300;
/** A wait is between so much of that and all of it: machines that lost one service don't come back to it in one moment. */
const LEAST_SHARE = 0.5;
/** A clock that is set ahead, or a machine that slept, is noticed after so long. */
const LOOK_SECONDS = 1;

/** What stands for a stage where none has begun. */
export const BEFORE_STAGES = "run-all";

/** What failed. */
export interface Failure {
  /** a stage's name, or `BEFORE_STAGES` */
  readonly stage: string;
  /** of the error's class */
  readonly name: string;
  readonly exitCode: number;
}

/** When a failure is tried again. */
export interface NextTry {
  /** from now on, by a clock that nobody sets */
  readonly seconds: number;
  readonly at: Date;
  /** after which none begins */
  readonly last: Date;
}

/** What is carried from one try of a run to the next. */
export interface Retries {
  /** the run's id, once it has one: all its tries are one run */
  runId: string | undefined;
  /** seconds that stages have worked, which count against run.timeout; waiting doesn't */
  workedSeconds: number;
  /** stages that have run */
  readonly done: Set<string>;
  /** stages whose line people have seen, and that have succeeded or were up to date */
  readonly shown: Set<string>;
  /** Which try of a stage the next one is, counted from 1. */
  tryOf(stage: string): number;
  /**
   * Notes what got over its failure, a stage or `BEFORE_STAGES`, in a try that ended later on: should it fail again, hours later maybe,
   * it has its whole time again.
   */
  passed(stage: string): void;
  /**
   * Notes a failure, and says when the next try is due; undefined where there is none: waiting mends nothing, or the time is over.
   *
   * @param seconds  now, by a clock that nobody sets
   */
  next(failure: Failure, now: Date, seconds?: number): NextTry | undefined;
}

/**
 * The tries of a run. A service that can't be reached is tried again until `run.retries.deadline` after the stage began to fail; under
 * --retry-until that moment takes the deadline's place for all stages, and what isn't there yet (75) is tried again as well.
 *
 * @param until  the moment that --retry-until names
 */
export function openRetries(
  { deadline, first }: Config["run"]["retries"],
  until: Date | undefined,
  random: (seed: string) => number = fraction,
): Retries {
  const tries = new Map<string, number>();
  /** what fails just now: how often in a row, and since when */
  const failing = new Map<string, { readonly count: number; readonly since: number }>();
  const retries: Retries = {
    runId: undefined,
    workedSeconds: 0,
    done: new Set(),
    shown: new Set(),
    tryOf: (stage) => (tries.get(stage) ?? 0) + 1,
    passed: (stage) => void failing.delete(stage),
    next: (failure, now, seconds = performance.now() / 1000) => {
      const { stage } = failure;
      const tried = tries.get(stage) ?? 0;
      tries.set(stage, tried + 1);
      const { count, since } = failing.get(stage) ?? { count: 0, since: seconds };
      failing.set(stage, { count: count + 1, since });
      if (!mayPass(failure, until !== undefined)) return undefined;
      const left =
        until === undefined ? since + secondsOf(deadline) - seconds : (until.getTime() - now.getTime()) / 1000;
      if (left <= 0) return undefined;
      const longest = Math.min(LONGEST_WAIT_SECONDS, secondsOf(first) * 2 ** count);
      const share = LEAST_SHARE + (1 - LEAST_SHARE) * random(`${retries.runId ?? process.pid} ${stage} ${tried}`);
      // The last try is at the very end.
      const wait = Math.min(longest * share, left);
      const after = (later: number) => new Date(now.getTime() + later * 1000);
      return { seconds: wait, at: after(wait), last: until ?? after(left) };
    },
  };
  return retries;
}

/** A number from 0 up to 1 that follows from a text: the same run waits as long whenever it is looked at. */
function fraction(seed: string): number {
  return Number.parseInt(sha256(seed).slice(0, 8), 16) / 2 ** 32;
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

/**
 * Whether a failure is a service's, and may be over a while later: never a limit of time or memory, or a full disk.
 *
 * @param isLateToo  counts what isn't there yet, or held by another run
 */
function mayPass({ name, exitCode }: Failure, isLateToo: boolean): boolean {
  return name === "UnreachableError" || (isLateToo && exitCode === 75);
}

/**
 * Lets seconds pass, by a clock that nobody sets.
 *
 * @param until  ends it sooner, where clocks show that moment: a machine that slept has no other way to know
 * @throws {InterruptedError} as soon as churn is asked to stop
 */
export async function pause(seconds: number, interruption: Interruption, until?: Date): Promise<void> {
  interruption.throwIfInterrupted();
  const stop = new AbortController();
  const forget = interruption.onSignal(() => stop.abort());
  const end = performance.now() + seconds * 1000;
  const left = () =>
    Math.min(end - performance.now(), until === undefined ? Number.POSITIVE_INFINITY : until.getTime() - Date.now());
  try {
    for (let ms = left(); ms > 0 && !stop.signal.aborted; ms = left())
      await sleep(Math.min(LOOK_SECONDS * 1000, ms), undefined, { signal: stop.signal }).catch(() => {});
  } finally {
    forget();
  }
  interruption.throwIfInterrupted();
}
