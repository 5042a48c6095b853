import type { Channel, ChannelMeans } from "../channel.ts";

export function openSlackChannel(_: ChannelMeans): Channel {
  return {
    name: "slack",
    isRepeatable: false,
    send: async () => ({ kind: "unsent", reason: "it can't be used yet", retry: undefined }),
    show: async () => ({ extension: "txt", content: "" }),
  };
}
