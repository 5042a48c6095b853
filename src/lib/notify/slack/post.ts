import { openConnections } from "../../http/connections.ts";
import { fetchOver } from "../../http/fetch.ts";
import { type Repeated, startPatience } from "../../http/repeat.ts";
import { readAuthorities } from "../authorities.ts";
import type { Attempt, ChannelMeans } from "../channel.ts";
import type { Words } from "../words.ts";
import { attemptOf, type Way } from "./answers.ts";
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
  const once = async (ask: (fetch: Fetch) => Promise<unknown>) => {
    const timeoutSeconds = Math.min(ATTEMPT_SECONDS, Math.max(LEAST_SECONDS, time.left()));
    let last: Repeated | undefined;
    const fetch = fetchOver(connections, { timeoutSeconds, largest: LARGEST }, (one) => {
      last = one;
    });
    await ask(fetch).catch((cause: unknown) => {
      // Of an answer or a failure `last` says more, and what a package says may hold the webhook's address.
      if (last === undefined) throw new Error("Slack's package failed before it had sent anything", { cause });
    });
    if (last === undefined) throw new Error("Slack's package has sent nothing");
    return attemptOf(last, way);
  };
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

function byWebhook({ IncomingWebhook }: Sdk, { href }: URL, fetch: Fetch, message: SlackMessage): Promise<unknown> {
  return new IncomingWebhook(href, { fetch, retryConfig: ONCE }).send({ ...AS_IT_STANDS, ...message });
}

function byBot(
  { WebClient, LogLevel }: Sdk,
  { api, token, channel }: Extract<Way, { kind: "bot" }>,
  fetch: Fetch,
  message: SlackMessage,
  thread?: string,
): Promise<unknown> {
  const client = new WebClient(token, {
    slackApiUrl: api.href,
    fetch,
    retryConfig: ONCE,
    rejectRateLimitedCalls: true,
    logger: silent(LogLevel.ERROR),
  });
  const where = thread === undefined ? { channel } : { channel, thread_ts: thread };
  return client.chat.postMessage({ ...AS_IT_STANDS, parse: "none", mrkdwn: false, ...where, ...message });
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
