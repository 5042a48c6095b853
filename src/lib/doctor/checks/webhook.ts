import { channelCheck } from "../channel-check.ts";

/** The team's own webhook: its host, and whether there is a secret to sign by. */
export const webhook = channelCheck("webhook", "webhook");
