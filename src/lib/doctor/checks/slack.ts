import { channelCheck } from "../channel-check.ts";

/** Slack: a bot's token is tried by auth.test; of a webhook the host alone can be asked. */
export const slack = channelCheck("slack", "Slack");
