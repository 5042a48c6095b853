import type { Store } from "../store/store.ts";
import { type Message, plainText } from "./message.ts";

/** Where a message can go. A channel sends or throws; what it sends twice must do no harm. */
export interface Channel {
  /** @returns a word for the receipt: where it went */
  send(message: Message): Promise<string>;
}

/** Lines on the terminal, where somebody watches. */
export function terminalChannel(say: (line: string) => void): Channel {
  return {
    send: async (message) => {
      for (const line of plainText(message).split("\n")) say(line);
      return "shown";
    },
  };
}

/** A text file in the store. */
export function fileChannel(store: Store, key: string): Channel {
  return {
    send: async (message) => {
      await store.write(key, `${plainText(message)}\n`);
      return key;
    },
  };
}
