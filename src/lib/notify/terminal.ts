import type { Channel } from "./channel.ts";
import { plainText } from "./text.ts";

/** Lines on the terminal, where somebody watches. Of a failure the terminal has churn's own error already. */
export function openTerminalChannel(say: (line: string) => void): Channel {
  return {
    name: "terminal",
    send: async (message) => {
      if (message.kind !== "failed") for (const line of plainText(message).split("\n")) say(line);
      return "shown";
    },
  };
}
