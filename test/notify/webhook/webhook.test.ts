import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { notifySection } from "../../../src/lib/config/notify-section.ts";
import type { Attempt } from "../../../src/lib/notify/channel.ts";
import { deliver } from "../../../src/lib/notify/deliver.ts";
import { webhookBody } from "../../../src/lib/notify/webhook/payload.ts";
import { openWebhookChannel, signature } from "../../../src/lib/notify/webhook/webhook.ts";
import { openFolderStore } from "../../../src/lib/store/folder.ts";
import { readEnvironment } from "../../../src/lib/workspace/env.ts";
import { VERSIONS } from "../../../src/lib/workspace/versions.ts";
import { makeCertificates } from "../../support/certificates.ts";
import { startCompanyProxy } from "../../support/company-proxy.ts";
import { failedLetter } from "../../support/letters.ts";
import { type Behaviour, oddServer, type SeenRequest } from "../../support/odd-server.ts";

const SECRET = "whsec of the team, 5f1c";

function channelWith(variables: Readonly<Record<string, string>>) {
  const environment = readEnvironment(variables, tmpdir());
  const settings = notifySection.parse({});
  return openWebhookChannel({ settings, environment, root: tmpdir(), store: openFolderStore(tmpdir()), say: () => {} });
}

function send(variables: Readonly<Record<string, string>>, secondsLeft = 5): Promise<Attempt> {
  return channelWith(variables).send(failedLetter, secondsLeft);
}

async function answered(
  behaviour: Behaviour,
  path = "/hook",
): Promise<{ attempt: Attempt; seen: readonly SeenRequest[] }> {
  await using server = await oddServer(() => behaviour);
  const attempt = await send({ NOTIFY_WEBHOOK_URL: `${server.url}${path}`, NOTIFY_WEBHOOK_SECRET: SECRET });
  return { attempt, seen: [...server.seen] };
}

/** The receiver's check as the page about webhooks has it: what stands there has to be right. */
const isGenuine = z
  .object({
    isGenuine: z.custom<(secret: string, headers: object, body: string) => boolean>(
      (value) => typeof value === "function",
    ),
  })
  .parse(await import(await receiverModule())).isGenuine;

async function receiverModule(): Promise<string> {
  const [, code = ""] = /```js\n([\s\S]*?)```/.exec(await readFile("docs/notify.md", "utf8")) ?? [];
  return `data:text/javascript,${encodeURIComponent(`${code}\nexport { isGenuine };`)}`;
}

describe("a message", () => {
  test("is posted as JSON, with what the receiver knows it by", async () => {
    const { attempt, seen } = await answered({ status: 202, body: "thanks, token=abcdef" }, "/hook?team=ml");
    expect(attempt).toEqual({ kind: "sent", detail: "NOTIFY_WEBHOOK_URL answered 202" });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ method: "POST", target: "/hook?team=ml", body: webhookBody(failedLetter) });
    expect(seen[0]?.headers).toMatchObject({
      "content-type": "application/json",
      "user-agent": `churn/${VERSIONS.churn}`,
      "idempotency-key": `${failedLetter.workspace.id}/${failedLetter.key}`,
      "content-length": String(Buffer.byteLength(webhookBody(failedLetter))),
    });
  });

  test("is signed so that a receiver tells it from any other", async () => {
    const { seen } = await answered({});
    const [request] = seen;
    if (request === undefined) throw new Error("nothing came");
    const { headers, body } = request;
    const timestamp = Number(headers["churn-timestamp"]);
    expect(Math.abs(Date.now() / 1000 - timestamp)).toBeLessThan(60);
    expect(isGenuine(SECRET, headers, body)).toBe(true);
    expect(isGenuine("another", headers, body)).toBe(false);
    expect(isGenuine(SECRET, headers, body.replace("ml-1", "ml-2"))).toBe(false);
    expect(isGenuine(SECRET, { ...headers, "churn-timestamp": String(timestamp + 1) }, body)).toBe(false);
    expect(isGenuine(SECRET, { "churn-signature": headers["churn-signature"] }, body)).toBe(false);
    const old = String(timestamp - 3600);
    const replayed = { "churn-timestamp": old, "churn-signature": `v1=${signature(SECRET, old, body)}` };
    expect(isGenuine(SECRET, replayed, body)).toBe(false);
  });

  test("is signed as openssl does it", () => {
    // printf '1800000000.{"a":"ü"}' | openssl dgst -sha256 -hmac key
    expect(signature("key", "1800000000", '{"a":"ü"}')).toBe(
      "e7507fa45fc25a57ae1f0ba85cd2eae2eb100b7ea024246fc345e09c32504003",
    );
  });

  test("has its address's user and password in a header", async () => {
    await using server = await oddServer(() => ({}));
    const url = server.url.replace("http://", "http://me:ge%40heim@");
    await send({ NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_SECRET: SECRET });
    expect(server.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:ge@heim").toString("base64")}`);
  });

  test("is the same each time that it is tried, with the same key", async () => {
    await using server = await oddServer((_, count) => ({ status: count < 3 ? 500 : 200 }));
    const variables = { NOTIFY_WEBHOOK_URL: server.url, NOTIFY_WEBHOOK_SECRET: SECRET };
    const { last, attempts } = await deliver(failedLetter, channelWith(variables), 20);
    expect({ kind: last.kind, attempts }).toEqual({ kind: "sent", attempts: 3 });
    const [first, ...more] = server.seen.map(({ body, headers }) => [body, headers["idempotency-key"]]);
    expect(more).toEqual([first, first]);
  });
});

describe("what the receiver answers", () => {
  test.each([
    [429, { "retry-after": "7" }, 7],
    [503, { "retry-after": "2" }, 2],
    [503, {}, 0],
    [503, { "retry-after": "soon" }, 0],
    [503, { "retry-after": "-5" }, 0],
    [500, {}, 0],
    [502, {}, 0],
    [408, {}, 0],
  ])("%i with %j is tried again", async (status, headers, after) => {
    const { attempt } = await answered({ status, headers, body: "secret words" });
    expect(attempt).toEqual({
      kind: "unsent",
      reason: `its receiver is busy, or fails (${status})`,
      retry: { after },
    });
  });

  test("Retry-After may be a date", async () => {
    const { attempt } = await answered({
      status: 503,
      headers: { "retry-after": new Date(Date.now() + 30_000).toUTCString() },
    });
    if (attempt.kind !== "unsent") throw new Error("it was sent");
    expect(attempt.retry?.after).toBeGreaterThan(27);
    expect(attempt.retry?.after).toBeLessThanOrEqual(30);
  });

  test.each([
    [400, "its receiver refuses it (400)"],
    [401, "its receiver refuses it (401): is NOTIFY_WEBHOOK_SECRET the one that it checks by?"],
    [403, "its receiver refuses it (403): is NOTIFY_WEBHOOK_SECRET the one that it checks by?"],
    [404, "its receiver is gone (404): is NOTIFY_WEBHOOK_URL still the right one?"],
    [407, "a proxy on the way wants credentials (407): put them into HTTP_PROXY"],
    [410, "its receiver is gone (410): is NOTIFY_WEBHOOK_URL still the right one?"],
    [413, "its receiver refuses it (413)"],
    [302, "its receiver redirects (302): set NOTIFY_WEBHOOK_URL to where it is now"],
    [308, "its receiver redirects (308): set NOTIFY_WEBHOOK_URL to where it is now"],
  ])("%i is not, and no redirect is followed", async (status, reason) => {
    const { attempt, seen } = await answered({ status, headers: { location: "/elsewhere" }, body: "words of its own" });
    expect(attempt).toEqual({ kind: "unsent", reason, retry: undefined });
    expect(seen).toHaveLength(1);
  });
});

describe("without an answer", () => {
  test("it may have arrived, where the connection was cut behind it", async () => {
    const { attempt, seen } = await answered((response) => response.destroy());
    expect(attempt).toMatchObject({
      kind: "unknown",
      reason: expect.stringMatching(/^its receiver gave no answer: the connection was cut/),
    });
    expect(seen).toHaveLength(1);
  });

  test("it may have arrived, where time ran out", async () => {
    await using server = await oddServer(() => () => {});
    const start = performance.now();
    const attempt = await send({ NOTIFY_WEBHOOK_URL: server.url, NOTIFY_WEBHOOK_SECRET: SECRET }, 0.3);
    expect(attempt).toEqual({ kind: "unknown", reason: "its receiver gave no answer: it doesn't answer" });
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test("it surely has not, where nothing listens", async () => {
    expect(await send({ NOTIFY_WEBHOOK_URL: "http://127.0.0.1:1/x", NOTIFY_WEBHOOK_SECRET: SECRET })).toEqual({
      kind: "unsent",
      reason: "its receiver can't be reached: nothing listens there (ECONNREFUSED)",
      retry: { after: 0 },
    });
  });

  test("an answer without an end is none", async () => {
    const { attempt } = await answered((response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
        response.once("drain", more);
      };
      more();
    });
    expect(attempt).toEqual({
      kind: "unknown",
      reason: "its receiver gave no answer: its answer has more than 1048576 bytes",
    });
  });

  test("whose certificate nobody vouches for is for a person to mend: NODE_EXTRA_CA_CERTS may stand in .env", async () => {
    const folder = await mkdtemp(join(tmpdir(), "churn-webhook-"));
    const { ca, key, certificate } = await makeCertificates(folder);
    const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (_, response) => {
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const variables = { NOTIFY_WEBHOOK_URL: `https://127.0.0.1:${port}/`, NOTIFY_WEBHOOK_SECRET: SECRET };
      expect(await send(variables)).toMatchObject({
        kind: "unsent",
        reason: expect.stringContaining("vouches for its certificate"),
        retry: undefined,
      });
      expect((await send({ ...variables, NODE_EXTRA_CA_CERTS: ca })).kind).toBe("sent");
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});

test("a proxy of the environment passes it on", async () => {
  await using proxy = await startCompanyProxy();
  await using server = await oddServer(() => ({ status: 204 }));
  const url = `${server.url}/hook`;
  const attempt = await send({
    NOTIFY_WEBHOOK_URL: url,
    NOTIFY_WEBHOOK_SECRET: SECRET,
    HTTP_PROXY: `http://me:geheim@${proxy.name}`,
  });
  expect(attempt.kind).toBe("sent");
  expect(proxy.seen).toEqual([`POST ${url}`]);
  expect(server.seen).toHaveLength(1);
});

test("a proxy that is down is named, and the receiver isn't", async () => {
  const attempt = await send({
    NOTIFY_WEBHOOK_URL: "http://hooks.company.com/T0/s3cr3t-path",
    NOTIFY_WEBHOOK_SECRET: SECRET,
    HTTP_PROXY: "http://127.0.0.1:1",
  });
  expect(attempt).toEqual({
    kind: "unsent",
    reason: "its receiver can't be reached: by the proxy 127.0.0.1:1: nothing listens there (ECONNREFUSED)",
    retry: { after: 0 },
  });
});

describe("what isn't set right is said, and nothing is sent", () => {
  const url = { NOTIFY_WEBHOOK_URL: "http://127.0.0.1:1/" };
  const secret = { NOTIFY_WEBHOOK_SECRET: SECRET };
  const place = "it belongs in the environment or the workspace's .env (mode 0600)";
  test.each([
    [secret, `NOTIFY_WEBHOOK_URL isn't set: ${place}`],
    [url, `NOTIFY_WEBHOOK_SECRET isn't set, by which the receiver knows churn: ${place}`],
    [
      { ...secret, NOTIFY_WEBHOOK_URL: "hooks.company.com/abc" },
      "NOTIFY_WEBHOOK_URL is no address such as https://hooks.company.com/churn",
    ],
    [
      { ...secret, NOTIFY_WEBHOOK_URL: "ftp://hooks.company.com/abc" },
      "NOTIFY_WEBHOOK_URL is no address such as https://hooks.company.com/churn",
    ],
    [{ ...secret, ...url, HTTP_PROXY: "ftp://x" }, "HTTP_PROXY is no proxy's address"],
    [
      { ...secret, NOTIFY_WEBHOOK_URL_FILE: "/nowhere/url" },
      "NOTIFY_WEBHOOK_URL_FILE in the environment names /nowhere/url, which is not there",
    ],
  ])("%j", async (variables, reason) => {
    expect(await send(variables)).toEqual({ kind: "unsent", reason, retry: undefined });
  });
});

describe("whether a message would arrive", () => {
  const reach = (variables: Readonly<Record<string, string>>) => channelWith(variables).reach?.(2);

  test("its host says by its first page, whatever that is; neither path nor user get there", async () => {
    await using server = await oddServer(() => ({ status: 404 }));
    const url = `${server.url.replace("http://", "http://me:geheim@")}/hook/abcdefgh?token=ijklmnop`;
    expect(await reach({ NOTIFY_WEBHOOK_URL: url, NOTIFY_WEBHOOK_SECRET: SECRET })).toEqual({
      kind: "open",
      detail: "its host answers, and no more can be known without sending",
    });
    expect(server.seen.map(({ method, target, headers }) => [method, target, headers.authorization])).toEqual([
      ["HEAD", "/", undefined],
    ]);
  });

  test("what is missing, and a host that isn't there, are told without the address", async () => {
    const closed = (reason: string) => ({ kind: "closed", reason: expect.stringContaining(reason) });
    expect(await reach({})).toMatchObject({ ...closed("NOTIFY_WEBHOOK_URL isn't set"), mayPass: false });
    const NOTIFY_WEBHOOK_URL = "http://nowhere.invalid/hook/abcdefgh";
    expect(await reach({ NOTIFY_WEBHOOK_URL })).toMatchObject(closed("NOTIFY_WEBHOOK_SECRET isn't set"));
    const reached = await reach({ NOTIFY_WEBHOOK_URL, NOTIFY_WEBHOOK_SECRET: SECRET });
    expect(reached).toMatchObject({ ...closed("its host can't be reached: "), mayPass: true });
    expect(JSON.stringify(reached)).not.toContain("nowhere");
  });

  test("a proxy on the way that wants credentials is named as one", async () => {
    await using server = await oddServer(() => ({ status: 407 }));
    expect(await reach({ NOTIFY_WEBHOOK_URL: server.url, NOTIFY_WEBHOOK_SECRET: SECRET })).toEqual({
      kind: "closed",
      reason: "a proxy on the way wants credentials (407): HTTPS_PROXY",
      mayPass: false,
    });
  });
});
