import type { Channel, ChannelMeans } from "../channel.ts";

export function openEmailChannel(_: ChannelMeans): Channel {
  return {
    name: "email",
    isRepeatable: false,
    send: async () => ({ kind: "unsent", reason: "it can't be used yet", retry: undefined }),
    show: async () => ({ extension: "txt", content: "" }),
  };
}
