import type { Store } from "../store/store.ts";
import type { Channel } from "./channel.ts";
import { plainText } from "./text.ts";

/** Where the message about a night lies, or that about a run that failed. */
export function messageKey(night: string, failedRun?: string): string {
  return `notifications/${night}${failedRun === undefined ? "" : `.failed.${failedRun}`}.txt`;
}

/** A text file in the store: one a night, and one for each run that failed. */
export function openFileChannel(store: Store): Channel {
  return {
    name: "file",
    send: async (message) => {
      const key = messageKey(message.night, message.kind === "failed" ? message.run : undefined);
      await store.write(key, `${plainText(message)}\n`);
      return key;
    },
  };
}
