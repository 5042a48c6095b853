import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, describe, expect } from "vitest";
import { notifySection } from "../../../src/lib/config/notify-section.ts";
import { UsageError } from "../../../src/lib/errors.ts";
import type { Channel } from "../../../src/lib/notify/channel.ts";
import { deliver } from "../../../src/lib/notify/deliver.ts";
import type { Letter } from "../../../src/lib/notify/letter.ts";
import { openSlackChannel } from "../../../src/lib/notify/slack/slack.ts";
import { openFolderStore } from "../../../src/lib/store/folder.ts";
import { bundle } from "../../support/bundled.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { startCompanyProxy } from "../../support/company-proxy.ts";
import { type FakeSlack, startFakeSlack, type Trouble } from "../../support/fake-slack.ts";
import { failed, letterOf } from "../../support/letters.ts";

type Env = Readonly<Record<string, string>>;

const test = base.extend<{ slack: FakeSlack }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from the pattern
  slack: async ({}, use) => {
    await using slack = await startFakeSlack();
    await use(slack);
  },
});

function channelBy(env: Env, channel = "#ml-alerts"): Channel {
  const get = (name: string) => env[name];
  return openSlackChannel({
    settings: notifySection.parse({ slack: { channel } }),
    store: openFolderStore(tmpdir()),
    root: tmpdir(),
    environment: { get, secret: get },
    say: () => undefined,
  });
}

const WAYS = ["bot", "webhook"] as const;
type WayName = (typeof WAYS)[number];

function envOf({ webhook, api, token }: FakeSlack, way: WayName): Env {
  return way === "bot" ? { SLACK_BOT_TOKEN: token, SLACK_API_URL: api } : { SLACK_WEBHOOK_URL: webhook };
}

/** A letter about a night that failed, which is short: what is added is what goes into the thread. */
const failedLetter = (around: Partial<Letter> = {}) =>
  letterOf({ ...failed, details: [], hint: null }, { next: ["churn run-all --date 2026-11-23"], ...around });
const send = (env: Env, seconds = 5, letter = failedLetter()) => channelBy(env).send(letter, seconds);
const answer = (status: number, body: string | object, headers: Env = {}): Trouble => ({
  kind: "answer",
  status,
  body,
  headers,
});
const no = (error: string, more: object = {}) => answer(200, { ok: false, error, ...more });

describe("a bot", () => {
  test("posts into the channel of churn.yaml, and what is long into the message's thread", async ({ slack }) => {
    const attempt = await send(envOf(slack, "bot"), 5, failedLetter({ tail: ["the <end>"] }));
    expect(attempt).toEqual({
      kind: "sent",
      detail: "#ml-alerts",
      receipt: { channel: "C0123456789", ts: "1700000000.000001" },
    });
    const [message, details, ...more] = slack.taken;
    expect(more).toEqual([]);
    expect(message).toMatchObject({
      channel: "C0123456789",
      thread: undefined,
      text: "❌ Churn training failed at validate, night of 2026-11-23\nchurn run-all --date 2026-11-23",
      rest: { unfurl_links: "false", unfurl_media: "false", parse: "none", mrkdwn: "false" },
    });
    expect(JSON.stringify(message)).not.toContain("the &lt;end&gt;");
    expect(details).toMatchObject({ channel: "C0123456789", thread: "1700000000.000001" });
    expect(JSON.stringify(details)).toContain("the &lt;end&gt;");
  });

  test("that can't put the details into the thread has sent the message all the same, and says so", async ({
    slack,
  }) => {
    slack.plan({ kind: "none" }, no("restricted_action"));
    expect(await send(envOf(slack, "bot"), 5, failedLetter({ tail: ["the end"] }))).toEqual({
      kind: "sent",
      detail:
        "#ml-alerts, without its details: Slack refuses it: restricted_action; ask an administrator of the Slack workspace, whose settings forbid it",
      receipt: { channel: "C0123456789", ts: "1700000000.000001" },
    });
    slack.plan({ kind: "none" }, { kind: "lost answer" });
    const lost = await send(envOf(slack, "bot"), 5, failedLetter({ tail: ["the end"] }));
    expect(lost).toMatchObject({
      kind: "sent",
      detail: expect.stringContaining("without its details: the message left"),
    });
    // Two messages, the second one with its details: they are tried once, too.
    expect(slack.taken.map(({ thread }) => thread)).toEqual([undefined, undefined, "1700000000.000002"]);
  });

  test("waits for its turn with the details, as long as there is time", async ({ slack }) => {
    const busy = answer(429, { ok: false, error: "ratelimited" }, { "retry-after": "1" });
    slack.plan({ kind: "none" }, busy);
    expect(await send(envOf(slack, "bot"), 5, failedLetter({ tail: ["the end"] }))).toMatchObject({
      detail: "#ml-alerts",
    });
    expect(slack.taken).toHaveLength(2);
    slack.plan({ kind: "none" }, answer(429, "", { "retry-after": "60" }));
    expect(await send(envOf(slack, "bot"), 5, failedLetter({ tail: ["the end"] }))).toMatchObject({
      detail: "#ml-alerts, without its details: Slack is busy, and answers HTTP 429",
    });
  });

  test("is preferred to a webhook", async ({ slack }) => {
    await send({ ...envOf(slack, "webhook"), ...envOf(slack, "bot") });
    expect(slack.asked).toEqual(["POST /api/chat.postMessage"]);
  });

  test("whose token is wrong says so", async ({ slack }) => {
    expect(await send({ ...envOf(slack, "bot"), SLACK_BOT_TOKEN: "xoxb-wrong" })).toEqual({
      kind: "unsent",
      reason: "Slack refuses it: invalid_auth; copy the app's Bot User OAuth Token anew into SLACK_BOT_TOKEN",
      retry: undefined,
    });
  });

  test("whose channel isn't there says so", async ({ slack }) => {
    expect(await channelBy(envOf(slack, "bot"), "#elsewhere").send(failedLetter(), 5)).toMatchObject({
      reason:
        "Slack refuses it: channel_not_found; look at notify.slack.channel, #elsewhere; in a private channel the app has to be invited: /invite @APP",
    });
  });
});

test("a webhook gets all in one message, and its ok is the receipt", async ({ slack }) => {
  const attempt = await send(envOf(slack, "webhook"), 5, failedLetter({ tail: ["the <end>"] }));
  expect(attempt).toEqual({ kind: "sent", detail: "by its webhook", receipt: { answer: "ok" } });
  expect(slack.asked).toEqual([`POST ${new URL(slack.webhook).pathname}`]);
  expect(JSON.stringify(slack.taken)).toContain("the &lt;end&gt;");
  expect(slack.taken[0]?.rest).toEqual({ unfurl_links: false, unfurl_media: false });
});

describe("what is set wrong is told, without the secret, and nothing is sent", () => {
  const cases: readonly (readonly [env: Env, reason: string])[] = [
    [{}, "neither SLACK_BOT_TOKEN nor SLACK_WEBHOOK_URL is set: docs/notify.md says where Slack has them"],
    [
      { SLACK_WEBHOOK_URL: "hooks.slack.com/services/T0/B0/geheim" },
      "SLACK_WEBHOOK_URL is no address such as https://hooks.slack.com/services/…",
    ],
    [
      { SLACK_WEBHOOK_URL: "file:///geheim" },
      "SLACK_WEBHOOK_URL is no address such as https://hooks.slack.com/services/…",
    ],
    [{ SLACK_BOT_TOKEN: "geheim\n" }, "SLACK_BOT_TOKEN has a blank, a line end or another letter that no token has"],
    [
      { SLACK_BOT_TOKEN: "geheim", SLACK_API_URL: "slack" },
      "SLACK_API_URL is no address such as https://slack.com/api/",
    ],
    [
      { SLACK_BOT_TOKEN: "geheim", HTTPS_PROXY: "ftp://me:geheim@proxy" },
      "HTTPS_PROXY is no proxy's address; write HTTPS_PROXY=http://HOST:PORT",
    ],
  ];
  test.for(cases)("%j", async ([env, reason]) => {
    expect(await send(env)).toEqual({ kind: "unsent", reason, retry: undefined });
  });

  test("a secret that can't be read is one of them", async () => {
    const environment = {
      get: () => undefined,
      secret: () => {
        throw new UsageError("SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set in .env", "unset one of them");
      },
    };
    const means = { store: openFolderStore(tmpdir()), root: tmpdir(), say: () => undefined, environment };
    expect(await openSlackChannel({ settings: notifySection.parse({}), ...means }).send(failedLetter(), 5)).toEqual({
      kind: "unsent",
      reason: "SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set in .env; unset one of them",
      retry: undefined,
    });
  });
});

describe.for(WAYS)("by a %s", (way) => {
  test("a busy Slack is asked again when it says", async ({ slack }) => {
    const body = way === "bot" ? { ok: false, error: "ratelimited" } : "rate_limited";
    const word = way === "bot" ? "ratelimited" : "rate_limited";
    const busy = { kind: "unsent", reason: `Slack is busy, and answers ${word}` };
    slack.plan(
      answer(429, body, { "retry-after": "7" }),
      answer(429, body),
      answer(429, body, { "retry-after": "soon" }),
    );
    expect(await send(envOf(slack, way))).toEqual({ ...busy, retry: { after: 7 } });
    expect(await send(envOf(slack, way))).toEqual({ ...busy, retry: { after: 1 } });
    expect(await send(envOf(slack, way))).toEqual({ ...busy, retry: { after: 1 } });
    slack.plan(answer(503, "<html>", { "retry-after": "30" }));
    expect(await send(envOf(slack, way))).toEqual({
      kind: "unsent",
      reason: "Slack is busy, and answers HTTP 503",
      retry: { after: 30 },
    });
    expect(slack.asked).toHaveLength(4);
  });

  test("the caller's repetitions bring one message", async ({ slack }) => {
    slack.plan(answer(429, "rate_limited", { "retry-after": "0" }), answer(503, ""));
    const { last, attempts } = await deliver(failedLetter(), channelBy(envOf(slack, way)), 10);
    expect({ kind: last.kind, attempts, taken: slack.taken.length }).toEqual({ kind: "sent", attempts: 3, taken: 1 });
  });

  test("a message whose answer is lost may be there, and isn't sent twice", async ({ slack }) => {
    slack.plan({ kind: "lost answer" });
    const { last, attempts } = await deliver(failedLetter(), channelBy(envOf(slack, way)), 10);
    expect(last).toEqual({
      kind: "unknown",
      reason: "the message left, and no answer came: the connection was cut (UND_ERR_SOCKET)",
    });
    expect({ attempts, taken: slack.taken.length }).toEqual({ attempts: 1, taken: 1 });
  });

  test("a Slack that doesn't answer is given up in time, and may have it", async ({ slack }) => {
    slack.plan({ kind: "silence" });
    const start = performance.now();
    expect(await send(envOf(slack, way), 1)).toEqual({
      kind: "unknown",
      reason: "the message left, and no answer came: it doesn't answer",
    });
    expect(performance.now() - start).toBeLessThan(5000);
    expect(slack.asked).toHaveLength(1);
  });

  test.for([
    [answer(500, "rollup_error"), "Slack answers rollup_error, after which the message may be there or not"],
    [answer(502, "<html>"), "Slack answers HTTP 502, after which the message may be there or not"],
    [no("internal_error"), "Slack answers internal_error, after which the message may be there or not"],
    [no("fatal_error"), "Slack answers fatal_error, after which the message may be there or not"],
    [
      answer(200, "<html>Please log in</html>"),
      "what answers is not Slack, as it seems (HTTP 200 without Slack's word)",
    ],
  ] as const)("%j leaves it open", async ([trouble, reason], { slack }) => {
    slack.plan(trouble);
    expect(await send(envOf(slack, way))).toEqual({ kind: "unknown", reason });
  });

  test.for(["service_unavailable", "request_timeout", "team_added_to_org"])(
    "%s is over later",
    async (word, { slack }) => {
      slack.plan(no(word));
      expect(await send(envOf(slack, way))).toMatchObject({ kind: "unsent", retry: { after: 1 } });
    },
  );

  test("a redirect is not followed", async ({ slack }) => {
    slack.plan(answer(302, "", { location: `${slack.api}elsewhere` }));
    const attempt = await send(envOf(slack, way));
    expect(attempt).toMatchObject({
      kind: "unsent",
      reason: expect.stringContaining("HTTP 302, a redirect"),
      retry: undefined,
    });
    expect(slack.asked).toHaveLength(1);
  });

  test("what a server sends back of the secret is masked", async ({ slack }) => {
    const env = envOf(slack, way);
    const secret = way === "bot" ? slack.token : slack.webhook;
    slack.plan(no("invalid_arguments", { errors: [`what is ${secret}, and ${encodeURIComponent(secret)}?`] }));
    const attempt = await send(env);
    expect(attempt).toMatchObject({ kind: "unsent", reason: expect.stringContaining('invalid_arguments, "what is ') });
    expect(JSON.stringify(attempt)).not.toContain("abcdefghijklmnop");
  });

  test("a refused connection, an unknown host and an unknown certificate are no message", async () => {
    const envAt = (address: string): Env =>
      way === "bot" ? { SLACK_BOT_TOKEN: "xoxb-1", SLACK_API_URL: address } : { SLACK_WEBHOOK_URL: address };
    expect(await send(envAt("http://127.0.0.1:1/api/"))).toEqual({
      kind: "unsent",
      reason: "Slack can't be reached: nothing listens there (ECONNREFUSED)",
      retry: { after: 0 },
    });
    expect(await send(envAt("https://slack.invalid/api/"), 8)).toMatchObject({ kind: "unsent", retry: { after: 0 } });
    const folder = await mkdtemp(join(tmpdir(), "churn-slack-"));
    await using server = await startFakeSlack(await makeCertificates(folder));
    await rm(folder, { recursive: true });
    expect(await send(envOf(server, way))).toEqual({
      kind: "unsent",
      reason: expect.stringContaining("Slack can't be reached: no authority known here vouches for its certificate"),
      retry: { after: 0 },
    });
    expect(server.asked).toEqual([]);
  });

  test("a TLS handshake that hangs is no message, through a proxy neither, whose tunnel was asked for", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    await using proxy = await startCompanyProxy();
    const address = `https://127.0.0.1:${port}/api/`;
    const env: Env =
      way === "bot" ? { SLACK_BOT_TOKEN: "xoxb-1", SLACK_API_URL: address } : { SLACK_WEBHOOK_URL: address };
    const reason = expect.stringContaining("Slack can't be reached: it doesn't answer");
    const unsent = { kind: "unsent", reason, retry: { after: 0 } };
    const start = performance.now();
    expect(await send(env, 1)).toEqual(unsent);
    expect(await send({ ...env, HTTPS_PROXY: `http://me:geheim@${proxy.name}` }, 1)).toEqual(unsent);
    expect(proxy.seen).toEqual([`CONNECT 127.0.0.1:${port}`]);
    expect(performance.now() - start).toBeLessThan(8000);
    silent.close();
  });

  test("a proxy passes it on; one that is down or wants a password is named", async ({ slack }) => {
    await using proxy = await startCompanyProxy();
    const env = envOf(slack, way);
    const by = (address: string) => send({ ...env, HTTP_PROXY: address });
    expect(await by(`http://me:geheim@${proxy.name}`)).toMatchObject({ kind: "sent" });
    expect(proxy.seen).toEqual([`POST ${way === "bot" ? `${slack.api}chat.postMessage` : slack.webhook}`]);
    expect(await by(`http://${proxy.name}`)).toEqual({
      kind: "unsent",
      reason: `Slack can't be reached: the proxy ${proxy.name} wants other credentials (407)`,
      retry: { after: 0 },
    });
    expect(await by("http://me:geheim@127.0.0.1:1")).toEqual({
      kind: "unsent",
      reason: "Slack can't be reached: by the proxy 127.0.0.1:1: nothing listens there (ECONNREFUSED)",
      retry: { after: 0 },
    });
    slack.plan({ kind: "lost answer" });
    expect(await by(`http://me:geheim@${proxy.name}`)).toMatchObject({ kind: "unknown" });
    slack.plan({ kind: "silence" });
    expect(await send({ ...env, HTTP_PROXY: `http://me:geheim@${proxy.name}` }, 1)).toMatchObject({ kind: "unknown" });
    expect(slack.taken).toHaveLength(2);
  });
});

test("through a company's proxy, with its own authority, it is told and nothing is written to standard output", async () => {
  const folder = await mkdtemp(join(tmpdir(), "churn-slack-"));
  const certificates = await makeCertificates(folder);
  await using slack = await startFakeSlack(certificates);
  await using proxy = await startCompanyProxy();
  const proxied = { HTTPS_PROXY: `http://me:geheim@${proxy.name}`, NO_PROXY: "", no_proxy: "" };
  await using program = await bundle("tell-slack", { ...proxied, NODE_EXTRA_CA_CERTS: certificates.ca });
  for (const way of [[slack.webhook], [slack.api, slack.token]]) {
    const { stdout, stderr } = await program.run(...way);
    expect(stdout).toBe("");
    expect(JSON.parse(stderr)).toMatchObject({ kind: "sent" });
    // A refusal is what the package would log.
    slack.plan(no("not_in_channel", { response_metadata: { messages: ["[ERROR] not there", "[WARN] not at all"] } }));
    const refused = await program.run(...way);
    expect(refused.stdout).toBe("");
    expect(JSON.parse(refused.stderr)).toMatchObject({ kind: "unsent" });
  }
  expect(slack.taken).toHaveLength(3);
  expect(new Set(proxy.seen)).toEqual(new Set([`CONNECT ${new URL(slack.api).host}`]));
  await rm(folder, { recursive: true });
});

describe("whether a message would arrive", () => {
  const reach = (env: Env, seconds = 5) => channelBy(env).reach?.(seconds);

  test("a bot's token says by auth.test; nothing is posted", async ({ slack }) => {
    expect(await reach(envOf(slack, "bot"))).toEqual({
      kind: "open",
      detail: "churn-bot of Company; whether it may post in #ml-alerts only a message shows",
    });
    expect(slack.asked).toEqual(["POST /api/auth.test"]);
    expect(slack.taken).toEqual([]);
  });

  test("a webhook's host alone can be asked, by its first page, and no secret gets there", async ({ slack }) => {
    expect(await reach(envOf(slack, "webhook"))).toEqual({
      kind: "open",
      detail: "its host answers, and no more can be known without sending",
    });
    expect(slack.asked).toEqual(["HEAD /"]);
  });

  test.each([
    [
      "a refusal",
      no("invalid_auth"),
      "Slack refuses it: invalid_auth; copy the app's Bot User OAuth Token anew",
      false,
    ],
    [
      "a token that may not post",
      answer(200, { ok: true, user: "a", team: "b" }, { "x-oauth-scopes": "channels:read, chat:writes" }),
      "the token may not post: give the app the scope chat:write and install it again",
      false,
    ],
    [
      "a busy Slack",
      answer(429, { ok: false, error: "ratelimited" }, { "retry-after": "7" }),
      "Slack is busy, and answers ratelimited",
      true,
    ],
    ["a failing Slack", answer(500, ""), "Slack answers HTTP 500", true],
    [
      "no Slack",
      answer(200, "<html>login</html>"),
      "what answers is not Slack, as it seems (HTTP 200 without Slack's word)",
      false,
    ],
  ] as const)("%s is told as one", async (_, trouble, reason, mayPass) => {
    await using slack = await startFakeSlack();
    slack.plan(trouble);
    expect(await reach(envOf(slack, "bot"))).toEqual({
      kind: "closed",
      reason: expect.stringContaining(reason),
      mayPass,
    });
  });

  test("a token with the scope may post, whatever else it may", async ({ slack }) => {
    slack.plan(answer(200, { ok: true, user: "a", team: "b" }, { "x-oauth-scopes": "channels:read,chat:write" }));
    expect(await reach(envOf(slack, "bot"))).toMatchObject({ kind: "open" });
  });

  test("what Slack is called is shown as one line, without the token", async ({ slack }) => {
    slack.plan(answer(200, { ok: true, user: `\u001b[2J${slack.token}`, team: "a\nb" }));
    const reached = await reach(envOf(slack, "bot"));
    expect(reached).toMatchObject({ kind: "open", detail: expect.stringMatching(/^\ufffd\[2J\*\*\* of a b; /) });
  });

  test("nothing set, a silent Slack and a closed port are told", async ({ slack }) => {
    expect(await reach({})).toMatchObject({
      kind: "closed",
      mayPass: false,
      reason: expect.stringContaining("neither"),
    });
    slack.plan({ kind: "silence" });
    expect(await reach(envOf(slack, "bot"), 0.3)).toEqual({
      kind: "closed",
      reason: "Slack can't be reached: it doesn't answer",
      mayPass: true,
    });
    for (const env of [
      { SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: "http://127.0.0.1:1/api/" },
      { SLACK_WEBHOOK_URL: "http://127.0.0.1:1/services/T/B/abcdefghijkl" },
    ])
      expect(await reach(env)).toMatchObject({
        kind: "closed",
        mayPass: true,
        reason: expect.stringContaining("nothing listens there"),
      });
  });
});
