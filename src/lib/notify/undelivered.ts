import type { ChannelName } from "../config/notify-section.ts";
import { ServiceError } from "../errors.ts";

/** A message that has not reached a channel. */
export interface Undelivered {
  readonly key: string;
  readonly channel: ChannelName;
  /** what it is about: "the night of 2026-11-23" */
  readonly about: string;
  readonly state: "pending" | "unknown";
  readonly reason: string;
}

/** "slack has not been told of the night of 2026-11-23: …" */
export function undeliveredSentence({ channel, about, state, reason }: Undelivered): string {
  return state === "pending"
    ? `${channel} has not been told of ${about} yet: ${reason}`
    : `whether ${channel} was told of ${about} is unknown: ${reason}; churn message flush --unknown sends it again`;
}

/** @throws {ServiceError} where a channel could not be told: all else is done, and a person is to hear of it all the same */
export function requireTold(left: readonly Undelivered[]): void {
  if (left.length === 0) return;
  const [first] = left;
  throw new ServiceError(left.map(undeliveredSentence), [
    first?.state === "unknown" && left.length === 1
      ? "everything else is done"
      : "everything else is done; the next run-all sends what is missing, or at once: churn message flush",
  ]);
}
