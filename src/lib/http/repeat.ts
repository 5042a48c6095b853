import { setTimeout as sleep } from "node:timers/promises";
import type { HttpAnswer } from "./http.ts";
import { NetworkFailure } from "./network-failure.ts";

/** Seconds before the first repetition; each next one waits twice as long. */
const FIRST_WAIT_SECONDS = 0.25;
const LONGEST_WAIT_SECONDS = 15;
/** What a service answers that is busy: nothing was done. After an answer from 500 on it may have been. */
const NOT_DONE = new Set([408, 425, 429]);
/** What it doesn't know is no better later. */
const FOR_GOOD = new Set([501, 505]);

/** A request that was answered in the end, or the last thing that went wrong. */
export type Repeated =
  | { readonly kind: "answer"; readonly answer: HttpAnswer }
  | { readonly kind: "failure"; readonly failure: NetworkFailure };

/**
 * Sends a request until it is answered for good, waiting longer and longer and never exactly as long as others do
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * @param request.send    one attempt, with the seconds that are left
 * @param request.recover before a repetition of what may have been done already: its outcome, where it was. It has the time that
 *                        is left, too
 * @param deadlineSeconds from now until the last attempt has to be over
 * @returns what recover found, or the last answer or failure
 */
export async function repeatedly<Outcome>(
  request: {
    send(secondsLeft: number): Promise<HttpAnswer>;
    recover?: ((secondsLeft: number) => Promise<Outcome | undefined>) | undefined;
  },
  deadlineSeconds: number,
): Promise<Repeated | { readonly kind: "recovered"; readonly outcome: Outcome }> {
  const time = startPatience(deadlineSeconds);
  for (;;) {
    const last = await once(() => request.send(Math.max(1, time.left())));
    if (!mayPass(last) || !(await time.wait(secondsAsked(last)))) return last;
    if (request.recover === undefined || !mayBeDone(last)) continue;
    const outcome = await request.recover(Math.max(0, time.left()));
    if (outcome !== undefined) return { kind: "recovered", outcome };
  }
}

/** The time that something has, and the waits between its attempts. */
export interface Patience {
  /** seconds */
  left(): number;
  /**
   * Waits before the next attempt.
   *
   * @param least  seconds
   * @returns false, at once, where there is no time for that
   */
  wait(least?: number): Promise<boolean>;
}

/** @param seconds  from now on */
export function startPatience(seconds: number): Patience {
  const start = performance.now();
  const left = () => seconds - (performance.now() - start) / 1000;
  let attempt = 0;
  return {
    left,
    async wait(least = 0) {
      const backOff = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** attempt);
      const wait = Math.max(least, backOff * (0.5 + Math.random() / 2));
      attempt += 1;
      if (wait >= left()) return false;
      await sleep(wait * 1000);
      return true;
    },
  };
}

async function once(send: () => Promise<HttpAnswer>): Promise<Repeated> {
  try {
    return { kind: "answer", answer: await send() };
  } catch (error) {
    if (error instanceof NetworkFailure) return { kind: "failure", failure: error };
    throw error;
  }
}

function mayPass(last: Repeated): boolean {
  if (last.kind === "answer") {
    const { status } = last.answer;
    return NOT_DONE.has(status) || (status >= 500 && !FOR_GOOD.has(status));
  }
  return last.failure.kind === "temporary" || last.failure.kind === "silence";
}

function mayBeDone(last: Repeated): boolean {
  return last.kind === "answer" ? !NOT_DONE.has(last.answer.status) : !last.failure.unsent;
}

/** By the header Retry-After, as far as it is a number. */
function secondsAsked(last: Repeated): number {
  const asked = last.kind === "answer" ? Number(last.answer.headers["retry-after"]) : Number.NaN;
  return Number.isFinite(asked) ? asked : 0;
}
