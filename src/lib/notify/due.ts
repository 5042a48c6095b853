import type { ChannelName, NewsKind, NotifySettings } from "../config/notify-section.ts";
import type { Letter } from "./letter.ts";
import type { Message } from "./message.ts";

/** What happens to a message on a channel: it is sent, or waits for the digest. */
export type Due = "pending" | "kept";

/** The channels that are to hear of a message. The terminal and the file hear everything; the others what churn.yaml says. */
export function dueChannels(
  { message, series }: Pick<Letter, "message" | "series">,
  settings: NotifySettings,
  isTold: boolean,
): ReadonlyMap<ChannelName, Due> {
  const kinds = new Set(newsOf(message));
  // Whoever heard that it fails hears that it works again.
  const isRecovery = message.kind !== "failed" && series !== null;
  if (isRecovery) kinds.add("failed");
  const due = new Map<ChannelName, Due>();
  for (const name of settings.channels) {
    if (name === "terminal" || name === "file") {
      if (message.kind !== "digest") due.set(name, "pending");
      continue;
    }
    if (!isTold || !settings[name].on.some((kind) => kinds.has(kind))) continue;
    const waits = settings.digest !== undefined && kinds.size === 1 && message.kind === "not_registered";
    due.set(name, waits ? "kept" : "pending");
  }
  return due;
}

function newsOf(message: Message): readonly NewsKind[] {
  switch (message.kind) {
    case "registered":
    case "not_registered":
      return message.production_moved === null ? [message.kind] : [message.kind, "production"];
    case "failed":
    case "watchdog":
      return ["failed"];
    case "promoted":
    case "rolled_back":
      return ["production"];
    case "digest":
      return ["not_registered"];
    case "backfill":
      return message.nights.map(({ outcome }) => outcome);
    case "test":
      return [];
  }
}
