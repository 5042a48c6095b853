import { ChurnError } from "../errors.ts";
import { NetworkFailure } from "../http/network-failure.ts";
import type { Tracking } from "./tracking.ts";

/** How long it may take to say that it is there. */
const SECONDS = 2;

/**
 * Asks tracking at once whether it is there and lets us in, before what would be asked for minutes. One that has taken the
 * connection and doesn't answer in time is there: slow is not absent.
 *
 * @throws {UsageError} when the credentials or the address are wrong
 * @throws {UnreachableError} when it can't be reached
 */
export async function requirePresent(tracking: Pick<Tracking, "check">): Promise<void> {
  try {
    await tracking.check(SECONDS);
  } catch (error) {
    const failure = error instanceof ChurnError ? error.cause : undefined;
    const isSlow = failure instanceof NetworkFailure && failure.kind === "silence" && !failure.unsent;
    if (!isSlow) throw error;
  }
}
