import type { Store } from "../store/store.ts";
import type { Channel } from "./channel.ts";
import { letterText } from "./text.ts";

/** Where the text of the message about a night lies. */
export function messageKey(night: string): string {
  return `notifications/${night}.txt`;
}

/** A text file in the store for each message: one a night, and one for each run that failed. */
export function openFileChannel(store: Store): Channel {
  return {
    name: "file",
    isRepeatable: true,
    send: async (letter) => {
      const key = `notifications/${letter.key}.txt`;
      await store.write(key, `${letterText(letter)}\n`);
      return { kind: "sent", detail: key };
    },
    show: async (letter) => ({ extension: "txt", content: `${letterText(letter)}\n` }),
  };
}
