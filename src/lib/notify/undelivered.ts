import type { ChannelName } from "../config/notify-section.ts";
import { type ChurnError, ServiceError } from "../errors.ts";

/** A message that has not reached a channel. */
export interface Undelivered {
  readonly key: string;
  readonly channel: ChannelName;
  /** what it is about: "the night of 2026-11-23" */
  readonly about: string;
  readonly state: "pending" | "unknown" | "given_up";
  readonly reason: string;
}

/** A sentence for each channel and what became of its messages, however many there are. */
export function undeliveredSentences(left: readonly Undelivered[]): string[] {
  const groups = new Map<string, Undelivered[]>();
  for (const one of left) {
    const group = `${one.channel} ${one.state}`;
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [sentenceOf(first, group.length - 1)];
  });
}

function sentenceOf({ channel, about, state, reason }: Undelivered, others: number): string {
  const what = others === 0 ? about : `${about} and ${others} more`;
  switch (state) {
    case "pending":
      return `${channel} has not been told of ${what} yet: ${reason}`;
    case "unknown":
      return `whether ${channel} was told of ${what} is unknown: ${reason}; churn message flush --unknown sends it again`;
    case "given_up":
      return `${channel} was never told of ${what}: ${reason}; churn message flush --unknown tries it again`;
  }
}

/** What is left of the team's messages when all else is done. */
export interface Left {
  readonly left: readonly Undelivered[];
  /** what kept churn from looking at it, or from telling it */
  readonly trouble?: ChurnError | undefined;
}

/** @throws {ServiceError} where a channel could not be told: all else is done, and a person is to hear of it all the same */
export function requireTold({ left, trouble }: Left): void {
  if (left.length === 0 && trouble === undefined) return;
  const isPending = trouble !== undefined || left.some(({ state }) => state === "pending");
  throw new ServiceError(
    [...undeliveredSentences(left), ...(trouble === undefined ? [] : trouble.message.split("\n"))],
    isPending
      ? "everything else is done; the next run-all sends what is missing, or at once: churn message flush"
      : "everything else is done; to send it once more: churn message flush --unknown",
    { cause: trouble },
  );
}
