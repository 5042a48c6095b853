import { ChurnError } from "../../errors.ts";
import type { Attempt, Channel, ChannelMeans } from "../channel.ts";
import { words } from "../words.ts";
import type { Way } from "./answers.ts";

const SLACK_API = "https://slack.com/api/";

/** Messages in a channel of Slack's, by a bot that has a token, or else by a webhook, which has its own channel. */
export function openSlackChannel({ settings, environment, root }: ChannelMeans): Channel {
  return {
    name: "slack",
    // Slack has no key by which it would know a message again.
    isRepeatable: false,
    send: async (letter, secondsLeft) => {
      try {
        const way = wayOf(environment, settings.slack.channel);
        if (typeof way === "string") return unsent(way);
        const { post } = await import("./post.ts");
        return await post(words(letter), way, { environment, root }, secondsLeft);
      } catch (error) {
        if (!(error instanceof ChurnError)) throw error;
        return unsent(sentenceOf(error));
      }
    },
    reach: async (secondsLeft) => {
      try {
        const way = wayOf(environment, settings.slack.channel);
        if (typeof way === "string") return { kind: "closed", reason: way, mayPass: false };
        const { reach } = await import("./post.ts");
        return await reach(way, { environment, root }, secondsLeft);
      } catch (error) {
        if (!(error instanceof ChurnError)) throw error;
        return { kind: "closed", reason: sentenceOf(error), mayPass: false };
      }
    },
    show: async (letter) => {
      const { threadedMessage, wholeMessage } = await import("./blocks.ts");
      const isBot = environment.secret("SLACK_BOT_TOKEN") !== undefined;
      const shown = isBot ? threadedMessage(words(letter)) : { message: wholeMessage(words(letter)) };
      return { extension: "json", content: JSON.stringify(shown, null, 2) };
    },
  };
}

/** @returns a sentence where there is none. Neither token nor address stands in it. */
function wayOf(environment: ChannelMeans["environment"], channel: string): Way | string {
  const token = environment.secret("SLACK_BOT_TOKEN");
  if (token !== undefined) {
    if (/[^\x21-\x7e]/.test(token))
      return "SLACK_BOT_TOKEN has a blank, a line end or another letter that no token has";
    const api = webAddress(environment.get("SLACK_API_URL") ?? SLACK_API);
    return api === undefined
      ? `SLACK_API_URL is no address such as ${SLACK_API}`
      : { kind: "bot", api, token, channel };
  }
  const address = environment.secret("SLACK_WEBHOOK_URL");
  if (address === undefined)
    return "neither SLACK_BOT_TOKEN nor SLACK_WEBHOOK_URL is set: docs/notify.md says where Slack has them";
  const url = webAddress(address);
  return url === undefined
    ? "SLACK_WEBHOOK_URL is no address such as https://hooks.slack.com/services/…"
    : { kind: "webhook", url };
}

function webAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}

function sentenceOf({ message, hint }: ChurnError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}

function unsent(reason: string): Attempt {
  return { kind: "unsent", reason, retry: undefined };
}
