import { ChurnError } from "../errors.ts";
import { NetworkFailure } from "../http/network-failure.ts";
import type { Tracking } from "./tracking.ts";

type Asked = Pick<Tracking, "check">;

/** How long it may take to say that it is there. */
const SECONDS = 2;
/** How long an answer holds: a start asks more than once, and is to wait once. A later try asks anew. */
const HOLDS_SECONDS = 3;

const answers = new WeakMap<Asked, { readonly at: number; readonly answer: Promise<void> }>();

/**
 * Asks tracking at once whether it is there and lets us in, before what would be asked for minutes. One that has taken the
 * connection and doesn't answer in time is there: slow is not absent.
 *
 * @throws {UsageError} when the credentials or the address are wrong
 * @throws {UnreachableError} when it can't be reached
 */
export async function requirePresent(tracking: Asked): Promise<void> {
  const known = answers.get(tracking);
  if (known !== undefined && performance.now() - known.at < HOLDS_SECONDS * 1000) return await known.answer;
  const answer = ask(tracking);
  answers.set(tracking, { at: performance.now(), answer });
  return await answer;
}

async function ask(tracking: Asked): Promise<void> {
  try {
    await tracking.check(SECONDS);
  } catch (error) {
    const failure = error instanceof ChurnError ? error.cause : undefined;
    const isSlow = failure instanceof NetworkFailure && failure.kind === "silence" && !failure.unsent;
    if (!isSlow) throw error;
  }
}
