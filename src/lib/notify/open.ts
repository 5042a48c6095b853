import type { Config } from "../config/schema.ts";
import type { Store } from "../store/store.ts";
import type { Channel } from "./channel.ts";
import { openFileChannel } from "./file.ts";
import { openTerminalChannel } from "./terminal.ts";

/** What channels are opened with. */
export interface ChannelMeans {
  readonly store: Store;
  /** Shows a line to whoever watches. */
  readonly say: (line: string) => void;
}

const OPENERS: Readonly<Record<Channel["name"], (means: ChannelMeans) => Channel>> = {
  terminal: ({ say }) => openTerminalChannel(say),
  file: ({ store }) => openFileChannel(store),
};

/** The channels that churn.yaml names, in its order. */
export function openChannels(names: Config["notify"]["channels"], means: ChannelMeans): readonly Channel[] {
  return names.map((name) => OPENERS[name](means));
}
