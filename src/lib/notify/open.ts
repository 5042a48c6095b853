import type { ChannelName } from "../config/notify-section.ts";
import type { Channel, ChannelMeans } from "./channel.ts";
import { openEmailChannel } from "./email/email.ts";
import { openFileChannel } from "./file.ts";
import { openSlackChannel } from "./slack/slack.ts";
import { openTerminalChannel } from "./terminal.ts";
import { openWebhookChannel } from "./webhook/webhook.ts";

const OPENERS: Readonly<Record<ChannelName, (means: ChannelMeans) => Channel>> = {
  terminal: ({ say }) => openTerminalChannel(say),
  file: ({ store }) => openFileChannel(store),
  slack: openSlackChannel,
  email: openEmailChannel,
  webhook: openWebhookChannel,
};

/** The channels that churn.yaml names, in its order, the two on this machine first. Nothing is loaded or asked yet. */
export function openChannels(means: ChannelMeans): readonly Channel[] {
  const names = [...new Set(means.settings.channels)];
  const isHere = (name: ChannelName) => name === "terminal" || name === "file";
  return [...names.filter(isHere), ...names.filter((name) => !isHere(name))].map((name) => OPENERS[name](means));
}
