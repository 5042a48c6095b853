import { setTimeout as sleep } from "node:timers/promises";
import { secondsOf } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import { type ChurnError, TryLaterError, UnreachableError } from "../errors.ts";
import type { Awaited } from "./ready.ts";

/** How far a pause may be from what was asked: several workspaces needn't ask a server in the same second. */
const JITTER = 0.1;

/** What tells the time and lets it pass; both are the machine's, by a clock that nobody sets. */
export interface Clock {
  /** seconds since some moment */
  now(): number;
  pause(seconds: number): Promise<void>;
  /** a number from 0 up to 1 */
  random(): number;
}

const MACHINE: Clock = {
  now: () => performance.now() / 1000,
  pause: (seconds) => sleep(seconds * 1000),
  random: Math.random,
};

/** How today's customers are waited for. */
export interface Waiting extends Awaited {
  /** source.wait, where it is said */
  readonly wait: Config["source"]["wait"];
  /** Says to people that the wait begins, and that it has ended well. */
  readonly notice: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/**
 * Looks, and looks again while what is looked for isn't there yet or can't be reached, until source.wait.for is over. A past
 * date's customers don't come by waiting, so those are looked for once.
 *
 * @param look  leaves nothing behind where it fails; nothing is held between two of them
 * @returns     what the look that found it gives
 * @throws {TryLaterError} when they haven't come, with the last answer
 * @throws what the look throws, at once, where waiting mends nothing
 */
export async function whenThere<Found>(
  look: () => Promise<Found>,
  { wait, date, today, notice }: Waiting,
  clock: Clock = MACHINE,
): Promise<Found> {
  if (wait === undefined || date !== today) return await look();
  const start = clock.now();
  const end = start + secondsOf(wait.for);
  let looks = 0;
  let answer: ChurnError | undefined;
  for (;;) {
    let missed: ChurnError;
    try {
      const found = await look();
      if (looks > 0) {
        const seconds = Math.round(clock.now() - start);
        notice(`the customers of today, ${date}, are there after ${lasted(seconds)}`, { seconds, looks: looks + 1 });
      }
      return found;
    } catch (error) {
      if (!(error instanceof TryLaterError || error instanceof UnreachableError)) throw error;
      missed = error;
    }
    looks += 1;
    // What the source itself has said is worth more than that it could not be asked at last.
    if (missed instanceof TryLaterError) answer = missed;
    const left = end - clock.now();
    if (left <= 0) throw looks === 1 ? missed : givenUp(wait.for, answer, missed);
    if (looks === 1) {
      // What is done comes first: a terminal's line has room for little else.
      notice(`waiting up to ${wait.for}, a look every ${wait.every}: ${missed.message}`, {
        for: wait.for,
        every: wait.every,
      });
    }
    const asked = secondsOf(wait.every) * (1 + JITTER * (2 * clock.random() - 1));
    // The last look is at the end itself.
    await clock.pause(Math.min(asked, left));
  }
}

function givenUp(waited: string, answer: ChurnError | undefined, last: ChurnError): ChurnError {
  const also = answer === undefined || answer === last ? "" : `; and at last: ${last.message}`;
  const { message, hint } = answer ?? last;
  return new TryLaterError(`waited ${waited}: ${message}${also}`, hint?.split("\n"), { cause: last });
}

/** "40 s", "25 min", "2 h 5 min" */
function lasted(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? "" : ` ${rest} min`}`;
}
