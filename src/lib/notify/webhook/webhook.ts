import type { Channel, ChannelMeans } from "../channel.ts";

export function openWebhookChannel(_: ChannelMeans): Channel {
  return {
    name: "webhook",
    isRepeatable: true,
    send: async () => ({ kind: "unsent", reason: "it can't be used yet", retry: undefined }),
    show: async () => ({ extension: "txt", content: "" }),
  };
}
