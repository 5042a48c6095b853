import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { notifySection } from "../../src/lib/config/notify-section.ts";
import type { Attempt } from "../../src/lib/notify/channel.ts";
import { mailOf } from "../../src/lib/notify/email/mail.ts";
import type { Letter } from "../../src/lib/notify/letter.ts";
import { type Bundled, bundle } from "../support/bundled.ts";
import { failed, hostileLetter, letterOf, registered } from "../support/letters.ts";
import { type MailServer, mailUser, startMailServer } from "./support/mail-server.ts";
import { freePort } from "./support/service.ts";

const from = "churn@company.com";
const to = ["ml-team@company.com", "ops@company.com"];

let folder: string;
let server: MailServer;
let sender: Bundled;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "churn-mail-"));
  [server, sender] = await Promise.all([startMailServer(folder), bundle("send-mails")]);
});

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await sender?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Sending {
  readonly port?: number;
  readonly smtp?: object;
  readonly to?: readonly string[];
  readonly secrets?: Readonly<Record<string, string>>;
  readonly letter?: Letter;
  readonly seconds?: number;
}

/** Sends from a process of its own, since Node reads NODE_EXTRA_CA_CERTS when it starts. */
async function send(sendings: readonly Sending[], { ca = server.certificates.ca } = {}): Promise<readonly Attempt[]> {
  const file = join(folder, "sendings.json");
  const all = sendings.map((one) => {
    const smtp = { host: "localhost", port: one.port ?? server.ports.starttls, user: mailUser.user, ...one.smtp };
    const { email } = notifySection.parse({ email: { from, to: one.to ?? to, smtp } });
    return {
      email,
      secrets: one.secrets ?? { SMTP_PASSWORD: mailUser.password },
      letter: one.letter ?? letterOf(registered),
      // As the clock leaves them.
      seconds: one.seconds ?? 19.9876543,
    };
  });
  await writeFile(file, JSON.stringify(all));
  process.env.NODE_EXTRA_CA_CERTS = ca;
  const { stdout, stderr } = await sender.run(file);
  // A file of certificates that isn't there is a warning of Node's.
  expect(stderr.replace(/^.*Ignoring extra certs.*$/m, "").trim()).toBe("");
  return z.array(z.custom<Attempt>()).parse(JSON.parse(stdout));
}

/** What is kept beyond what was kept before. */
async function keptBy<T>(act: () => Promise<T>) {
  const before = (await server.mails()).length;
  const result = await act();
  return { result, kept: (await server.mails()).slice(before) };
}

test("by STARTTLS, by TLS from the start and by SMTP_URL the mail arrives, from a known user, as Python reads it", async () => {
  const { starttls, tls } = server.ports;
  const login = `${mailUser.user}:${encodeURIComponent(mailUser.password)}`;
  const letter = letterOf(failed, { tail: ["the log's last line", "ü 😀"], notes: ["A note"] });
  const mail = mailOf(letter, from, to);
  const sent = { kind: "sent", detail: "to 2 addresses", receipt: { message_id: mail.messageId } };
  const { result, kept } = await keptBy(() =>
    send([
      { letter },
      { letter, secrets: { SMTP_URL: `smtps://${login}@127.0.0.1:${tls}` } },
      { letter, secrets: { SMTP_URL: `smtp://${login}@localhost:${starttls}` } },
    ]),
  );
  expect(result).toEqual([sent, sent, sent]);
  expect(kept).toHaveLength(3);
  for (const one of kept) {
    expect(one.envelope).toEqual({ from, to, tls: true, user: mailUser.user });
    expect(Object.fromEntries(one.headers)).toMatchObject({
      Subject: "[churn] FAILED at validate, night of 2026-11-23",
      "Message-ID": mail.messageId,
      "In-Reply-To": mail.thread,
      References: mail.thread,
      "Auto-Submitted": "auto-generated",
      "X-Churn-Kind": "failed",
    });
    expect(one).toMatchObject({
      from: [["churn", from]],
      to: to.map((address) => ["", address]),
      date: "2026-11-23T05:00:09+00:00",
      type: "multipart/alternative",
      defects: [],
      bare_line_end: false,
    });
    expect(one.parts).toEqual([
      { type: "text/plain", text: mail.text },
      { type: "text/html", text: mail.html },
    ]);
  }
});

test("whatever letters hold, Python reads what was written, and nothing more", async () => {
  const letters = fc.sample(hostileLetter, 40);
  const { result, kept } = await keptBy(() => send(letters.map((letter) => ({ letter }))));
  expect(result.map(({ kind }) => kind)).toEqual(letters.map(() => "sent"));
  expect(kept).toHaveLength(letters.length);
  for (const [index, letter] of letters.entries()) {
    const mail = mailOf(letter, from, to);
    const one = kept[index];
    expect(one?.envelope.to).toEqual(to);
    expect(one?.headers.map(([name]) => name).sort()).toEqual([
      ...["Auto-Submitted", "Content-Type", "Date", "From", "In-Reply-To", "MIME-Version", "Message-ID"],
      ...["References", "Subject", "To", "X-Churn-Kind"],
    ]);
    expect(one?.defects).toEqual([]);
    expect(one?.bare_line_end).toBe(false);
    expect(one?.parts).toEqual([
      { type: "text/plain", text: mail.text },
      { type: "text/html", text: mail.html },
    ]);
  }
});

test("a wrong password, no TLS, no login, an unknown authority: a person has to mend it, and nothing is kept", async () => {
  const { clear, nobody, tls } = server.ports;
  const wrong = { SMTP_PASSWORD: "another-s3cret-word" };
  const { result, kept } = await keptBy(async () => [
    ...(await send([
      { secrets: wrong },
      { port: clear },
      { port: nobody },
      { smtp: { user: undefined }, secrets: {} },
    ])),
    ...(await send([{}, { secrets: { SMTP_URL: `smtps://127.0.0.1:${tls}` } }], { ca: join(folder, "none.pem") })),
  ]);
  const says = [
    /^the mail server localhost:\d+ refuses the user or the password \('535 .*'\): look at notify\.email\.smtp\.user and SMTP_PASSWORD; Gmail/,
    /^the mail server localhost:\d+ offers no TLS \('454 TLS not available'\) and nothing is sent in the clear: /,
    /^the mail server localhost:\d+ takes no user and password \('50\d .*'\): leave out notify\.email\.smtp\.user and SMTP_PASSWORD$/,
    /^the mail server localhost:\d+ wants a user \('530 .*'\): set notify\.email\.smtp\.user and SMTP_PASSWORD, or SMTP_URL$/,
    /^the mail server localhost:\d+: no authority known here vouches for its certificate \([A-Z_]+\); name its authority's certificate: NODE_EXTRA_CA_CERTS=FILE\.pem$/,
    /^the mail server 127\.0\.0\.1:\d+: no authority known here vouches for its certificate \([A-Z_]+\); name its authority's certificate: NODE_EXTRA_CA_CERTS=FILE\.pem$/,
  ];
  expect(result).toEqual(says.map((reason) => ({ kind: "unsent", reason: expect.stringMatching(reason) })));
  expect(JSON.stringify(result)).not.toContain(wrong.SMTP_PASSWORD);
  expect(kept).toEqual([]);
});

test("one of two is refused, all are, one is greylisted and then isn't", async () => {
  const { result, kept } = await keptBy(() =>
    send([
      { to: ["refused@company.com", "ops@company.com"] },
      { to: ["refused@company.com"] },
      { to: ["greylisted@company.com"] },
      { to: ["greylisted@company.com"] },
      { to: ["spam@company.com"] },
    ]),
  );
  const said = (text: string) => expect.stringMatching(new RegExp(`^the mail server localhost:\\d+ ${text}`));
  expect(result).toEqual([
    expect.objectContaining({
      kind: "sent",
      detail: "to 1 of 2 addresses; the server refused refused@company.com ('550 5.1.1 no such user')",
    }),
    {
      kind: "unsent",
      reason: said("refuses every recipient \\('550 5.1.1 no such user'\\): look at notify.email.to$"),
    },
    {
      kind: "unsent",
      reason: said("refuses every recipient \\('451 4.7.1 greylisted, try again later'\\)$"),
      retry: { after: 10 },
    },
    expect.objectContaining({ kind: "sent", detail: "to 1 address" }),
    { kind: "unsent", reason: said("refuses the mail \\('554 5.7.1 looks like spam'\\): its answer says why$") },
  ]);
  expect(kept.map(({ envelope }) => envelope.to)).toEqual([["ops@company.com"], ["greylisted@company.com"]]);
});

test("an answer that is lost leaves open whether the mail was kept, which it was, once", async () => {
  const { result, kept } = await keptBy(() => send([{ to: ["lost@company.com"] }]));
  expect(result).toEqual([
    {
      kind: "unknown",
      reason: expect.stringMatching(
        /has the mail and cut the connection before it said whether it takes it: look for /,
      ),
    },
  ]);
  expect(kept).toHaveLength(1);
});

test("a server that says nothing, and one that isn't there, are tried again", async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const start = performance.now();
  try {
    const result = await send([
      { port: port ?? 0, smtp: { host: "127.0.0.1" }, seconds: 2 },
      { port: port ?? 0, smtp: { host: "127.0.0.1" }, secrets: { SMTP_URL: `smtps://127.0.0.1:${port}` }, seconds: 2 },
      { port: await freePort() },
    ]);
    const reasons = [/ doesn't answer: if the port speaks TLS/, / can't be reached in time: /, /nothing listens there/];
    expect(result).toEqual(
      reasons.map((reason) => ({ kind: "unsent", reason: expect.stringMatching(reason), retry: { after: 0 } })),
    );
    expect(performance.now() - start).toBeLessThan(15_000);
  } finally {
    silent.close();
  }
});
