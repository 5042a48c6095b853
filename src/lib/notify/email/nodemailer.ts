import { Readable } from "node:stream";
import { createTransport, type SendMailOptions } from "nodemailer";
import type { Proxy as HttpProxy } from "../../http/proxy.ts";
import type { Mail } from "./mail.ts";
import type { Smtp } from "./smtp.ts";

/** How much of a message the connection has taken: before all of it, no server can keep it. */
export type Handed = "nothing" | "part" | "whole";

/** An address that the server refused, in its words. */
export interface RefusedAddress {
  readonly address: string;
  readonly answer: string;
}

/** How one attempt ended. */
export type Posted =
  | { readonly kind: "taken"; readonly refused: readonly RefusedAddress[] }
  | { readonly kind: "failed"; readonly error: unknown; readonly handed: Handed };

/** So much of the time that there is may pass until a session has begun: then nodemailer says itself what it waited for. */
const WAITS = 0.9;
/** Milliseconds for the server to close its side: it has answered. */
const CLOSING_MS = 1000;

/**
 * Hands a mail to the server, once.
 *
 * @param seconds  until it has to be over
 * @see https://nodemailer.com/smtp/
 */
export async function post(mail: Mail, way: MailWay, seconds: number): Promise<Posted> {
  const transport = openTransport(way, seconds);
  let handed: Handed = "nothing";
  transport.use("stream", ({ message }, done) => {
    // Begun when the server asks for the message, and no sooner: a transform would fill its buffers before that.
    async function* watched(input: AsyncIterable<Uint8Array>) {
      handed = "part";
      yield* input;
      handed = "whole";
    }
    message.processFunc((input) => Readable.from(watched(input), { objectMode: false }));
    done();
  });
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), Math.max(1, seconds * 1000));
  try {
    const { rejected = [], rejectedErrors = [] } = await transport.sendMail({
      ...asOptions(mail),
      signal: limit.signal,
    });
    const answerTo = (address: string) => rejectedErrors.find(({ recipient }) => recipient === address)?.response ?? "";
    return { kind: "taken", refused: rejected.map((address) => ({ address, answer: answerTo(address) })) };
  } catch (error) {
    return { kind: "failed", error, handed };
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/**
 * Connects, begins TLS and logs in as for a mail, and ends without one.
 *
 * @param seconds  until it has to be over
 * @returns the error, as that of `post`; undefined where the server let churn in
 */
export async function greet(way: MailWay, seconds: number): Promise<unknown> {
  const transport = openTransport(way, seconds);
  try {
    await transport.verify();
    return undefined;
  } catch (error) {
    // Of a server that closes its side nodemailer says no more than that, here alone.
    const isCut = error instanceof Error && !("code" in error) && error.message === "Connection closed";
    return isCut ? Object.assign(error, { code: "ECONNECTION", command: "CONN" }) : error;
  } finally {
    transport.close();
  }
}

/** Where a mail goes by. */
interface MailWay {
  readonly smtp: Smtp;
  readonly proxy: HttpProxy | undefined;
}

function openTransport({ smtp: { host, port, tls, login }, proxy }: MailWay, seconds: number) {
  // Whole ones: of others Node makes an error where a name is looked up.
  const wait = Math.max(1, Math.round(seconds * 1000 * WAITS));
  return createTransport({
    host,
    port,
    secure: tls === "first",
    requireTLS: tls === "required",
    // Without it a server that takes no login gets the mail without one. In the clear it must not get a password it never asked for.
    forceAuth: login !== undefined && tls !== "offered",
    ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: wait,
    greetingTimeout: wait,
    dnsTimeout: wait,
    // The rest ends with the time that there is.
    socketTimeout: 2 * wait,
    socketCloseTimeout: CLOSING_MS,
    ...(proxy === undefined ? {} : { proxy: proxy.address }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

/** A mail as nodemailer takes it. Addresses are objects: of a text it would read as many as it finds. */
export function asOptions(mail: Mail): SendMailOptions {
  return {
    from: { name: "churn", address: mail.from },
    to: mail.to.map((address) => ({ name: "", address })),
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    messageId: mail.messageId,
    inReplyTo: mail.thread,
    references: [mail.thread],
    date: mail.date,
    headers: { ...mail.headers },
  };
}
