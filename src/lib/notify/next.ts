import type { Message } from "./message.ts";

/** The commands that a message ends with: what comes next, and what shows more. */
export function nextCommands(message: Message): readonly string[] {
  switch (message.kind) {
    case "registered":
      return [`churn promote --version ${message.version}`, shows(message.night)];
    case "not_registered":
      return [shows(message.night)];
    case "failed":
      return message.hint === null ? [] : message.hint.split("\n");
    case "promoted":
    case "rolled_back":
    case "digest":
      return ["churn models"];
    case "backfill":
      return [
        ...message.nights
          .flatMap(({ version }) => (version === null ? [] : `churn promote --version ${version}`))
          .slice(-1),
        ...(message.goes_on === null ? [] : [message.goes_on]),
        "churn models",
      ];
    case "watchdog":
      return [...new Set(message.findings.flatMap(({ next }) => next ?? []))];
    case "test":
      return [];
  }
}

function shows(night: string): string {
  return `churn why ${night}`;
}
