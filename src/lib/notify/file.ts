import type { Store } from "../store/store.ts";
import type { Channel } from "./channel.ts";
import { plainText } from "./text.ts";

/** A text file in the store: one a night, and one for each run that failed. */
export function openFileChannel(store: Store): Channel {
  return {
    name: "file",
    send: async (message) => {
      const name = message.kind === "failed" ? `${message.night}.failed.${message.run}` : message.night;
      const key = `notifications/${name}.txt`;
      await store.write(key, `${plainText(message)}\n`);
      return key;
    },
  };
}
