import { describe, expect, test } from "vitest";
import { notifySection } from "../../../src/lib/config/notify-section.ts";
import { UsageError } from "../../../src/lib/errors.ts";
import { openEmailChannel } from "../../../src/lib/notify/email/email.ts";
import { startCompanyProxy } from "../../support/company-proxy.ts";
import { letterOf, registered } from "../../support/letters.ts";
import { type MailScript, oddMailServer } from "../../support/odd-mail-server.ts";

const from = "churn@company.com";
const to = ["ml-team@company.com", "ops@company.com"];
const letter = letterOf(registered);

interface Sending {
  readonly email?: object;
  readonly smtp?: object;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly seconds?: number;
  readonly letter?: typeof letter;
}

/** Sends by a server on loopback, in the clear where it isn't said otherwise. */
function send(port: number, { email, smtp, secrets = {}, env = {}, seconds = 20, ...of }: Sending = {}) {
  const way = { host: "127.0.0.1", port, require_tls: false, ...smtp };
  const settings = notifySection.parse({ email: { from, to, smtp: way, ...email } });
  const environment = { get: (name: string) => env[name], secret: (name: string) => secrets[name] };
  return openEmailChannel({ settings, environment }).send(of.letter ?? letter, seconds);
}

async function sendTo(script: MailScript, sending: Sending = {}) {
  await using server = await oddMailServer(script);
  return { attempt: await send(server.port, sending), server };
}

const MESSAGE_ID = /^<[0-9a-f]{32}@company\.com>$/;
const login = { smtp: { user: "churn" }, secrets: { SMTP_PASSWORD: "s3cret-w0rd-of-mail" } };

test("a mail goes to each address, once, and its Message-ID is the receipt", async () => {
  const { attempt, server } = await sendTo({});
  expect(attempt).toEqual({
    kind: "sent",
    detail: "to 2 addresses",
    receipt: { message_id: expect.stringMatching(MESSAGE_ID) },
  });
  expect(server.seen.filter((line) => /^(MAIL|RCPT|DATA)/.test(line))).toEqual([
    `MAIL FROM:<${from}>`,
    ...to.map((address) => `RCPT TO:<${address}>`),
    "DATA",
  ]);
  expect(server.kept).toHaveLength(1);
  expect(server.kept[0]).toContain("Subject: [churn-model] registered version 4: F1 0.573");
});

test("whatever a text holds, no line ends but by CR LF, and no line is a dot alone", async () => {
  const hostile = "\r\n.\r\nMAIL FROM:<evil@example.com>\r\n\n.\n\r.\r";
  const { attempt, server } = await sendTo(
    {},
    { letter: letterOf(registered, { notes: [hostile], tail: [".", ".."] }) },
  );
  expect(attempt.kind).toBe("sent");
  expect(server.kept).toHaveLength(1);
  expect(server.kept[0]).not.toMatch(/(?<!\r)\n|\r(?!\n)/);
  expect(server.seen.filter((line) => line.startsWith("MAIL"))).toHaveLength(1);
});

test("an address that the server refuses is named with its words, and the others got it", async () => {
  const { attempt } = await sendTo({ answers: { "RCPT TO:<ops@": "550 5.1.1 no such user" } });
  expect(attempt).toMatchObject({
    kind: "sent",
    detail: "to 1 of 2 addresses; the server refused ops@company.com ('550 5.1.1 no such user')",
  });
});

/** What is said behind "the mail server 127.0.0.1:PORT". */
type Row = readonly [says: string, after: number | undefined, script: MailScript, sending?: Sending];

const UNSENT: readonly Row[] = [
  ["cut the connection", 0, { greeting: "close" }],
  ["cut the connection", 0, { answers: { EHLO: "close" } }],
  ["cut the connection", 0, { answers: { MAIL: "close" } }],
  ["cut the connection", 0, { answers: { RCPT: "close" } }],
  ["cut the connection", 0, { answers: { DATA: "close" } }],
  [
    "doesn't answer: if the port speaks TLS from the start, as 465 does, say smtps:// in SMTP_URL",
    0,
    { greeting: "nothing" },
    { seconds: 1 },
  ],
  ["doesn't answer in the time that there is", 0, { answers: { MAIL: "nothing" } }, { seconds: 1 }],
  ["refuses the connection ('421 4.3.2 too busy')", 10, { greeting: "421 4.3.2 too busy" }],
  ["refuses the connection ('554 not you'): its answer says why", undefined, { greeting: "554 not you" }],
  ["refuses every recipient ('451 4.7.1 greylisted')", 10, { answers: { RCPT: "451 4.7.1 greylisted" } }],
  [
    "refuses every recipient ('550 5.1.1 no such user'): look at notify.email.to",
    undefined,
    { answers: { RCPT: "550 5.1.1 no such user" } },
  ],
  [
    "refuses the sender ('550 5.7.1 not yours'): look at notify.email.from: may this user send as it?",
    undefined,
    { answers: { MAIL: "550 5.7.1 not yours" } },
  ],
  [
    "wants a user ('530 5.7.0 authenticate first'): set notify.email.smtp.user and SMTP_PASSWORD, or SMTP_URL",
    undefined,
    { answers: { MAIL: "530 5.7.0 authenticate first" } },
  ],
  ["refuses the mail ('452 no room')", 10, { answers: { DATA: "452 no room" } }],
  ["refuses the mail ('451 later')", 10, { afterMessage: "451 later" }],
  ["refuses the mail ('421 bye')", 10, { afterMessage: "421 bye" }],
  ["refuses the mail ('554 5.7.1 spam'): its answer says why", undefined, { afterMessage: "554 5.7.1 spam" }],
  [
    "refuses the user or the password ('535 5.7.8 no'): look at notify.email.smtp.user and SMTP_PASSWORD; Gmail, Microsoft 365 and others want an app password",
    undefined,
    { extensions: ["AUTH PLAIN"], answers: { AUTH: "535 5.7.8 no" } },
    login,
  ],
  [
    "refuses the user or the password ('454 4.7.0 later')",
    10,
    { extensions: ["AUTH PLAIN LOGIN"], answers: { AUTH: "454 4.7.0 later" } },
    login,
  ],
  [
    "offers no TLS ('502 not here') and nothing is sent in the clear: take its port that does, or set notify.email.smtp.require_tls: false",
    undefined,
    {},
    { smtp: { require_tls: true } },
  ],
  [
    "offers no TLS ('454 TLS not available') and nothing is sent in the clear: take its port that does, or set notify.email.smtp.require_tls: false",
    undefined,
    { answers: { STARTTLS: "454 TLS not available" } },
    { smtp: { require_tls: true } },
  ],
  [
    "the connection was cut (ECONNRESET); is it up, and is the port right?",
    0,
    { answers: { STARTTLS: "220 go on" } },
    { smtp: { require_tls: true } },
  ],
  [
    "is no mail server (it says 'HTTP/1.1 400 Bad Request'): look at host and port",
    undefined,
    { greeting: "HTTP/1.1 400 Bad Request" },
  ],
];

test.for(UNSENT)("unsent: %s", async ([says, after, script, sending]) => {
  const { attempt, server } = await sendTo(script, sending);
  expect(attempt).toEqual({
    kind: "unsent",
    reason: `the mail server 127.0.0.1:${server.port}${says.startsWith("the ") ? ":" : ""} ${says}`,
    retry: after === undefined ? undefined : { after },
  });
});

test("before TLS nothing is said that tells anything", async () => {
  const { server } = await sendTo(
    { extensions: ["AUTH PLAIN"] },
    { ...login, smtp: { user: "churn", require_tls: true } },
  );
  expect(server.seen.filter((line) => !line.startsWith("EHLO"))).toEqual(["STARTTLS"]);
  expect(server.kept).toEqual([]);
});

test("in the clear a password goes to nobody who hasn't asked for one", async () => {
  const { attempt, server } = await sendTo({}, login);
  expect(attempt.kind).toBe("sent");
  expect(server.seen.filter((line) => line.startsWith("AUTH"))).toEqual([]);
});

test("TLS from the start with a port that begins without it is a slip of the port", async () => {
  await using server = await oddMailServer();
  expect(await send(server.port, { secrets: { SMTP_URL: `smtps://127.0.0.1:${server.port}` } })).toEqual({
    kind: "unsent",
    reason: expect.stringMatching(
      /^the mail server 127\.0\.0\.1:\d+: it doesn't speak TLS there \(ERR_SSL_\w+\); port 465 and smtps:\/\/ speak TLS from the start, others by STARTTLS$/,
    ),
    retry: undefined,
  });
});

test("a server that isn't up is tried again", async () => {
  const server = await oddMailServer();
  const { port } = server;
  await server[Symbol.asyncDispose]();
  expect(await send(port)).toEqual({
    kind: "unsent",
    reason: `the mail server 127.0.0.1:${port}: nothing listens there (ECONNREFUSED); is it up, and is the port right?`,
    retry: { after: 0 },
  });
});

test.for<[how: string, script: MailScript, sending?: Sending]>([
  ["cut the connection before it said", { afterMessage: "close" }],
  ["doesn't say", { afterMessage: "nothing" }, { seconds: 1 }],
])("whoever has the whole mail and %s may have taken it", async ([how, script, sending]) => {
  const { attempt, server } = await sendTo(script, sending);
  expect(attempt).toEqual({
    kind: "unknown",
    reason: expect.stringMatching(
      new RegExp(
        `^the mail server 127\\.0\\.0\\.1:${server.port} has the mail and ${how} whether it takes it: look for the Message-ID <[0-9a-f]{32}@company\\.com> in a mailbox of a recipient$`,
      ),
    ),
  });
  expect(server.kept).toHaveLength(1);
});

test("whoever cuts the connection amid a mail has none", async () => {
  const tail = Array.from({ length: 3000 }, () => "x".repeat(3000));
  const { attempt, server } = await sendTo({ amidMessage: "close" }, { letter: letterOf(registered, { tail }) });
  expect(attempt).toMatchObject({ kind: "unsent", retry: { after: 0 } });
  expect(server.kept).toEqual([]);
});

test("what a server repeats of a password is masked, in each spelling", async () => {
  const password = login.secrets.SMTP_PASSWORD;
  const plain = Buffer.from(`\0churn\0${password}`).toString("base64");
  for (const spelled of [password, Buffer.from(password).toString("base64"), plain]) {
    const answers = { AUTH: `535 no such login: ${spelled}` };
    const { attempt } = await sendTo({ extensions: ["AUTH PLAIN"], answers }, login);
    expect(attempt).toMatchObject({ kind: "unsent", reason: expect.stringContaining("535 no such login: ***") });
    expect(JSON.stringify(attempt)).not.toContain(spelled);
  }
});

test.each<[string, Sending]>([
  ["nobody is named as its sender: set notify.email.from in churn.yaml", { email: { from: undefined } }],
  ["nobody is named who gets it: set notify.email.to in churn.yaml", { email: { to: [] } }],
  [
    "no mail server is named: set notify.email.smtp.host in churn.yaml, or SMTP_URL in the environment",
    { smtp: { host: undefined } },
  ],
  ["HTTPS_PROXY is no proxy's address; write HTTPS_PROXY=http://HOST:PORT", { env: { HTTPS_PROXY: "http://" } }],
])("%s", async (reason, sending) => {
  expect(await send(25, sending)).toEqual({ kind: "unsent", reason, retry: undefined });
});

test("a secret's file that can't be read is a reason, too", async () => {
  const settings = notifySection.parse({ email: { from, to, smtp: { host: "h" } } });
  const secret = () => {
    throw new UsageError("SMTP_URL_FILE names /x, which is not there", "write it");
  };
  expect(await openEmailChannel({ settings, environment: { get: () => undefined, secret } }).send(letter, 1)).toEqual({
    kind: "unsent",
    reason: "SMTP_URL_FILE names /x, which is not there; write it",
    retry: undefined,
  });
});

test("a mail goes through the proxy that the environment names, and around it where NO_PROXY says so", async () => {
  await using proxy = await startCompanyProxy();
  await using server = await oddMailServer();
  const env = { HTTPS_PROXY: `http://me:w0rd@${proxy.name}` };
  expect(await send(server.port, { env })).toMatchObject({ kind: "sent" });
  expect(proxy.seen).toEqual([`CONNECT 127.0.0.1:${server.port}`]);
  expect(await send(server.port, { env: { ...env, NO_PROXY: "127.0.0.1" } })).toMatchObject({ kind: "sent" });
  expect(proxy.seen).toHaveLength(1);
});

test("what fails at the proxy is said of the proxy", async () => {
  await using proxy = await startCompanyProxy();
  await using server = await oddMailServer();
  expect(await send(server.port, { env: { HTTPS_PROXY: `http://${proxy.name}` } })).toEqual({
    kind: "unsent",
    reason: `the proxy ${proxy.name} wants other credentials (407): look at HTTPS_PROXY, or add 127.0.0.1 to NO_PROXY`,
    retry: undefined,
  });
  expect(await send(1, { env: { HTTPS_PROXY: `http://me:w0rd@${proxy.name}` } })).toEqual({
    kind: "unsent",
    reason: `the proxy ${proxy.name} doesn't let mail through to 127.0.0.1:1 (502): have it allow the port, or add 127.0.0.1 to NO_PROXY`,
    retry: { after: 0 },
  });
  expect(await send(server.port, { env: { HTTPS_PROXY: "http://me:w0rd@127.0.0.1:1" } })).toEqual({
    kind: "unsent",
    reason:
      "the proxy 127.0.0.1:1 can't be used: nothing listens there (ECONNREFUSED); look at HTTPS_PROXY and NO_PROXY",
    retry: { after: 0 },
  });
});

test("a proxy that says nothing is named, and so is what may be behind it", async () => {
  await using silent = await oddMailServer({ greeting: "nothing", answers: { CONNECT: "nothing", Host: "nothing" } });
  const env = { HTTPS_PROXY: `http://127.0.0.1:${silent.port}` };
  expect(await send(25, { env, seconds: 1 })).toEqual({
    kind: "unsent",
    reason: `the proxy 127.0.0.1:${silent.port}, or the mail server 127.0.0.1:25 behind it, doesn't answer in the time that there is`,
    retry: { after: 0 },
  });
});

describe("whether a mail would be taken", () => {
  const reachTo = async (script: MailScript, { smtp, secrets = {}, env = {}, email, seconds = 5 }: Sending = {}) => {
    await using server = await oddMailServer(script);
    const way = { host: "127.0.0.1", port: server.port, require_tls: false, ...smtp };
    const settings = notifySection.parse({ email: { from, to, smtp: way, ...email } });
    const environment = { get: (name: string) => env[name], secret: (name: string) => secrets[name] };
    const reached = await openEmailChannel({ settings, environment }).reach?.(seconds);
    return { reached, server, name: `the mail server 127.0.0.1:${server.port}` };
  };

  test("the server says after a login, and gets no mail", async () => {
    const { reached, server, name } = await reachTo({ extensions: ["AUTH PLAIN"] }, login);
    expect(reached).toEqual({ kind: "open", detail: `${name} lets churn in` });
    expect(server.seen.map((line) => line.split(" ")[0])).toEqual(expect.arrayContaining(["EHLO", "AUTH"]));
    expect(server.seen.filter((line) => /^(?:MAIL|RCPT|DATA)/.test(line))).toEqual([]);
    expect(server.kept).toEqual([]);
  });

  test("a server that offers a login is open to who sends without one, too", async () => {
    const { reached, name } = await reachTo({ extensions: ["AUTH PLAIN"] });
    expect(reached).toEqual({ kind: "open", detail: `${name} answers, and wants no user` });
  });

  test.each<[string, MailScript, Sending, string, boolean]>([
    [
      "a wrong password",
      { extensions: ["AUTH PLAIN"], answers: { AUTH: "535 no s3cret-w0rd-of-mail" } },
      login,
      "refuses the user or the password ('535 no ***')",
      false,
    ],
    ["no TLS where it is required", {}, { smtp: { require_tls: true } }, "offers no TLS", false],
    ["a greeting that refuses", { greeting: "421 too busy" }, {}, "refuses the connection ('421 too busy')", true],
    ["a cut", { greeting: "close" }, {}, "cut the connection", true],
    ["a cut behind the greeting", { answers: { EHLO: "close" } }, {}, "cut the connection", true],
    ["silence", { greeting: "nothing" }, { seconds: 0.5 }, "doesn't answer", true],
    ["no sender", {}, { email: { from: undefined } }, "nobody is named as its sender", false],
  ])("%s is told", async (_, script, sending, reason, mayPass) => {
    const { reached } = await reachTo(script, sending);
    expect(reached).toEqual({ kind: "closed", reason: expect.stringContaining(reason), mayPass });
    expect(JSON.stringify(reached)).not.toContain("s3cret");
  });
});
