import { openConnections } from "../../http/connections.ts";
import { fetchOver } from "../../http/fetch.ts";
import type { HttpConnections } from "../../http/http.ts";
import { type Repeated, startPatience } from "../../http/repeat.ts";
import { readAuthorities } from "../authorities.ts";
import type { Attempt, ChannelMeans, Reach } from "../channel.ts";
import { reachHost } from "../reach-host.ts";
import type { Words } from "../words.ts";
import { attemptOf, reachOf, type Way } from "./answers.ts";
import { type SlackMessage, threadedMessage, wholeMessage } from "./blocks.ts";
import type { Logger, LogLevel } from "./sdk.ts";

/** Seconds that Slack may take for one message. */
const ATTEMPT_SECONDS = 10;
/** A thread's message gets so many however little time is left. */
const LEAST_SECONDS = 1;
/** Bytes of an answer. */
const LARGEST = 2 ** 20;
/** The packages' own repetitions send a message twice where an answer is lost; whoever calls knows which attempt may be repeated. */
const ONCE = { retries: 0 };
/** No address becomes a card, and no `@name` of data a mention. */
const AS_IT_STANDS = { unfurl_links: false, unfurl_media: false };

type Sdk = typeof import("./sdk.ts");
type Fetch = ReturnType<typeof fetchOver>;

/**
 * Posts a message, once.
 *
 * @param from         where proxies and authorities stand
 * @param secondsLeft  until it has to be over
 * @throws {UsageError} for a proxy that is no address
 */
export async function post(
  words: Words,
  way: Way,
  { environment, root }: Pick<ChannelMeans, "environment" | "root">,
  secondsLeft: number,
): Promise<Attempt> {
  const sdk = await import("./sdk.ts");
  const connections = openConnections(
    way.kind === "bot" ? way.api : way.url,
    readAuthorities(environment, root),
    (name) => environment.get(name),
    secondsLeft,
  );
  const time = startPatience(secondsLeft);
  const once = async (ask: (fetch: Fetch) => Promise<unknown>) =>
    attemptOf(await lastHeard(connections, Math.max(LEAST_SECONDS, time.left()), ask), way);
  try {
    if (way.kind === "webhook") return await once((fetch) => byWebhook(sdk, way.url, fetch, wholeMessage(words)));
    const { message, details } = threadedMessage(words);
    const first = await once((fetch) => byBot(sdk, way, fetch, message));
    const ts = first.kind === "sent" ? first.receipt?.ts : undefined;
    if (first.kind !== "sent" || details === undefined || ts === undefined) return first;
    const channel = first.receipt?.channel ?? way.channel;
    for (;;) {
      const second = await once((fetch) => byBot(sdk, { ...way, channel }, fetch, details, ts));
      if (second.kind === "sent") return first;
      // Nobody else would try it again: the message itself has arrived.
      if (second.kind === "unsent" && second.retry !== undefined && (await time.wait(second.retry.after))) continue;
      return { ...first, detail: `${first.detail}, without its details: ${second.reason}` };
    }
  } finally {
    await connections.close();
  }
}

/**
 * Asks Slack whose token it is; of a webhook, whether its host is there, since whoever asks for the webhook has used it.
 *
 * @param seconds  until it has to be over
 * @throws as `post`
 */
export async function reach(
  way: Way,
  { environment, root }: Pick<ChannelMeans, "environment" | "root">,
  seconds: number,
): Promise<Reach> {
  const { url } = way.kind === "bot" ? { url: way.api } : way;
  const get = (name: string) => environment.get(name);
  const connections = openConnections(url, readAuthorities(environment, root), get, seconds);
  try {
    if (way.kind === "webhook") return await reachHost(connections, url, { masked: String, seconds });
    const sdk = await import("./sdk.ts");
    return reachOf(await lastHeard(connections, seconds, (fetch) => clientOf(sdk, way, fetch).auth.test()), way);
  } finally {
    await connections.close();
  }
}

/** What was heard last when one of Slack's packages has asked once. */
async function lastHeard(
  connections: HttpConnections,
  seconds: number,
  ask: (fetch: Fetch) => Promise<unknown>,
): Promise<Repeated> {
  let last: Repeated | undefined;
  const limits = { timeoutSeconds: Math.min(ATTEMPT_SECONDS, seconds), largest: LARGEST };
  const fetch = fetchOver(connections, limits, (one) => {
    last = one;
  });
  await ask(fetch).catch((cause: unknown) => {
    // Of an answer or a failure `last` says more, and what a package says may hold the webhook's address.
    if (last === undefined) throw new Error("Slack's package failed before it had sent anything", { cause });
  });
  if (last === undefined) throw new Error("Slack's package has sent nothing");
  return last;
}

function byWebhook({ IncomingWebhook }: Sdk, { href }: URL, fetch: Fetch, message: SlackMessage): Promise<unknown> {
  return new IncomingWebhook(href, { fetch, retryConfig: ONCE }).send({ ...AS_IT_STANDS, ...message });
}

type Bot = Extract<Way, { kind: "bot" }>;

function byBot(sdk: Sdk, way: Bot, fetch: Fetch, message: SlackMessage, thread?: string): Promise<unknown> {
  const { channel } = way;
  const where = thread === undefined ? { channel } : { channel, thread_ts: thread };
  const asked = { ...AS_IT_STANDS, parse: "none" as const, mrkdwn: false, ...where, ...message };
  return clientOf(sdk, way, fetch).chat.postMessage(asked);
}

function clientOf({ WebClient, LogLevel }: Sdk, { api, token }: Bot, fetch: Fetch) {
  return new WebClient(token, {
    slackApiUrl: api.href,
    fetch,
    retryConfig: ONCE,
    rejectRateLimitedCalls: true,
    logger: silent(LogLevel.ERROR),
  });
}

/** The package's own writes to standard output, where the result of a command stands. */
function silent(level: LogLevel): Logger {
  const nothing = () => undefined;
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    setName: nothing,
    getLevel: () => level,
  };
}
