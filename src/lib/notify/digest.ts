import type { Message } from "./message.ts";
import type { Entry } from "./outbox/format.ts";

type DigestNights = Extract<Message, { kind: "digest" }>["nights"];

/** A kept message as a line of the digest; nothing where it is none. */
export function digestNight({ letter: { message } }: Entry): DigestNights {
  if (message.kind !== "not_registered") return [];
  const { night, f1, auc_roc, reason } = message;
  return [{ night, f1, auc_roc, reason }];
}

export function digestNights({ letter: { message } }: Entry): DigestNights {
  return message.kind === "digest" ? message.nights : [];
}

/** The Monday of a day's week. @param day  YYYY-MM-DD */
export function mondayOf(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
  return date.toISOString().slice(0, 10);
}
