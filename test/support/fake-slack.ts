import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import type { Certificates } from "./certificates.ts";

/** A message that Slack has taken. */
export interface TakenMessage {
  /** as the bot named it; of a webhook its own */
  readonly channel: string;
  readonly text: string;
  readonly blocks: readonly FakeBlock[];
  readonly thread: string | undefined;
  readonly ts: string;
  /** the other arguments, by name */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** What goes wrong with a request. */
export type Trouble =
  | { readonly kind: "none" }
  /** an answer instead of taking the message */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string | object;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** the request is read, and never answered */
  | { readonly kind: "silence" }
  /** the message is taken, and the connection dies before its answer */
  | { readonly kind: "lost answer" };

export interface FakeSlack extends AsyncDisposable {
  readonly webhook: string;
  /** the Web API's address */
  readonly api: string;
  readonly token: string;
  readonly taken: readonly TakenMessage[];
  /** METHOD and path of each request */
  readonly asked: readonly string[];
  /** The next requests end so, in this order; the ones after them are answered as Slack does. */
  plan(...troubles: readonly Trouble[]): void;
}

const TOKEN = "xoxb-1234567890-abcdefghijklmnop";
const HOOK = "/services/T0000/B0000/abcdefghijklmnopqrstuvwx";
const CHANNELS: Readonly<Record<string, string>> = { "#ml-alerts": "C0123456789", C0123456789: "C0123456789" };

const plainText = z.strictObject({ type: z.literal("plain_text"), text: z.string(), emoji: z.boolean().optional() });
const mrkdwn = z.strictObject({ type: z.literal("mrkdwn"), text: z.string(), verbatim: z.boolean().optional() });
const anyText = z.discriminatedUnion("type", [plainText, mrkdwn]);
const block = z.union([
  z.strictObject({ type: z.literal("header"), text: plainText }),
  z.strictObject({ type: z.literal("section"), text: anyText }),
  z.strictObject({ type: z.literal("section"), fields: z.array(anyText).min(1) }),
  z.strictObject({ type: z.literal("context"), elements: z.array(anyText).min(1) }),
]);
export type FakeBlock = z.infer<typeof block>;

const payload = z.looseObject({
  channel: z.string().optional(),
  text: z.string().default(""),
  blocks: z.unknown(),
  thread_ts: z.string().optional(),
});

/**
 * An endpoint that behaves like Slack's, as far as its documentation and its clients' threads tell: a webhook and chat.postMessage. It holds
 * blocks to Slack's limits, and counts what it takes.
 */
export async function startFakeSlack(tls?: Certificates): Promise<FakeSlack> {
  const taken: TakenMessage[] = [];
  const asked: string[] = [];
  const plans: Trouble[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${request.method} ${request.url}`);
    const body = Buffer.concat(await request.toArray()).toString("utf8");
    const trouble = plans.shift() ?? { kind: "none" };
    if (trouble.kind === "silence") return;
    if (trouble.kind === "answer") {
      const isText = typeof trouble.body === "string";
      response.writeHead(trouble.status, {
        "content-type": isText ? "text/html" : "application/json",
        ...trouble.headers,
      });
      response.end(isText ? trouble.body : JSON.stringify(trouble.body));
      return;
    }
    const isHook = request.url === HOOK;
    const reply = isHook ? takeByHook(request, body) : takeByApi(request, body);
    if (trouble.kind === "lost answer") {
      request.socket.destroy();
      return;
    }
    response.writeHead(reply.status, { "content-type": isHook ? "text/html" : "application/json; charset=utf-8" });
    response.end(reply.body);
  };

  const take = (given: z.infer<typeof payload>, channel: string, blocks: readonly FakeBlock[]) => {
    const { channel: _, text, blocks: __, thread_ts: thread, ...rest } = given;
    const ts = `1700000000.${String(taken.length + 1).padStart(6, "0")}`;
    taken.push({ channel, text, blocks, thread, ts, rest });
    return ts;
  };

  const takeByHook = ({ method }: IncomingMessage, body: string) => {
    if (method !== "POST") return { status: 405, body: "method_not_allowed" };
    const given = payload.parse(JSON.parse(body));
    const blocks = z.array(block).safeParse(given.blocks);
    if (!blocks.success || problemsOf(given.text, blocks.data).length > 0)
      return { status: 400, body: "invalid_blocks" };
    take(given, "the webhook's", blocks.data);
    return { status: 200, body: "ok" };
  };

  const takeByApi = ({ method, url, headers }: IncomingMessage, body: string) => {
    const no = (error: string, more: object = {}) => ({
      status: 200,
      body: JSON.stringify({ ok: false, error, ...more }),
    });
    const isTest = url === "/api/auth.test";
    if (method !== "POST" || (url !== "/api/chat.postMessage" && !isTest)) return no("unknown_method");
    if (headers.authorization !== `Bearer ${TOKEN}`) return no("invalid_auth");
    if (isTest) return { status: 200, body: JSON.stringify({ ok: true, user: "churn-bot", team: "Company" }) };
    const form = new URLSearchParams(body);
    const given = payload.parse({ ...Object.fromEntries(form), blocks: JSON.parse(form.get("blocks") ?? "[]") });
    const channel = CHANNELS[given.channel ?? ""];
    if (channel === undefined) return no("channel_not_found");
    const blocks = z.array(block).safeParse(given.blocks);
    if (!blocks.success) return no("invalid_blocks", { errors: ["unsupported type [json-pointer:/blocks/0]"] });
    const problems = problemsOf(given.text, blocks.data);
    if (problems.length > 0) return no("invalid_blocks", { errors: problems });
    const ts = take(given, channel, blocks.data);
    return { status: 200, body: JSON.stringify({ ok: true, channel, ts, message: { text: given.text } }) };
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse) => void answer(request, response);
  const server =
    tls === undefined
      ? createServer(onRequest)
      : createTlsServer({ cert: await readFile(tls.certificate), key: await readFile(tls.key) }, onRequest);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const address = `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  return {
    webhook: `${address}${HOOK}`,
    api: `${address}/api/`,
    token: TOKEN,
    taken,
    asked,
    plan: (...troubles) => void plans.push(...troubles),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * What Slack would refuse of a message, in its words. Sizes are units of UTF-16 after escaping, of plain text as well.
 *
 * @see https://docs.slack.dev/reference/block-kit/blocks
 */
export function problemsOf(text: string, blocks: readonly FakeBlock[]): string[] {
  const problems: string[] = [];
  const most = (size: number, limit: number, where: string) => {
    if (size > limit) problems.push(`must be less than ${limit + 1} characters [json-pointer:${where}]`);
    if (size === 0) problems.push(`must be more than 0 characters [json-pointer:${where}]`);
  };
  most(text.length, 40_000, "/text");
  if (blocks.length > 50) problems.push("no more than 50 items allowed [json-pointer:/blocks]");
  let all = 0;
  blocks.forEach((one, index) => {
    const texts = textsIn(one);
    if (texts.length > 10) problems.push(`no more than 10 items allowed [json-pointer:/blocks/${index}]`);
    for (const each of texts) {
      all += sizeOf(each);
      most(each.text.trim() === "" ? 0 : sizeOf(each), limitOf(one), `/blocks/${index}`);
    }
  });
  if (all > 13_200) problems.push("msg_blocks_too_long");
  return problems;
}

/** All text objects of a block. */
export function textsIn(one: FakeBlock): readonly z.infer<typeof anyText>[] {
  if ("fields" in one) return one.fields;
  return "elements" in one ? one.elements : [one.text];
}

function limitOf(one: FakeBlock): number {
  if (one.type === "header") return 150;
  return "fields" in one ? 2000 : 3000;
}

/** Of a text object, in units of UTF-16 after escaping. */
export function sizeOf({ type, text }: z.infer<typeof anyText>): number {
  return type === "mrkdwn" ? text.length : text.replaceAll("&", "&amp;").replaceAll(/[<>]/g, "&lt;").length;
}
