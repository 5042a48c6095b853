import type { Channel } from "./channel.ts";
import type { Message } from "./message.ts";
import { letterText } from "./text.ts";

/** Lines on the terminal, where somebody watches. Of what a command says itself (a failure, a promotion) the terminal has churn's own line already. */
export function openTerminalChannel(say: (line: string) => void): Channel {
  return {
    name: "terminal",
    isRepeatable: true,
    send: async (letter) => {
      if (isShownOnTerminal(letter.message)) for (const line of letterText(letter).split("\n")) say(line);
      return { kind: "sent", detail: "shown" };
    },
    show: async (letter) => ({ extension: "txt", content: `${letterText(letter)}\n` }),
  };
}

const SHOWN: ReadonlySet<string> = new Set(["registered", "not_registered", "test"]);

export function isShownOnTerminal({ kind }: Message): boolean {
  return SHOWN.has(kind);
}
