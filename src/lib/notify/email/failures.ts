import * as z from "zod";
import { visibleLine } from "../../cli/visible.ts";
import { type NetworkFailure, networkFailure } from "../../http/network-failure.ts";
import type { Attempt } from "../channel.ts";
import type { Handed } from "./nodemailer.ts";
import type { Smtp } from "./smtp.ts";

/** What nodemailer's errors have. */
const smtpError = z.object({
  message: z.string(),
  code: z.string().optional(),
  originalCode: z.string().optional(),
  /** what was said to the server last */
  command: z.string().optional(),
  /** the server's words */
  response: z.string().optional(),
  responseCode: z.int().min(400).max(599).optional().catch(undefined),
  /** whether the server will say the same next time */
  permanent: z.boolean().optional(),
  timeoutType: z.string().optional(),
});
type SmtpError = z.infer<typeof smtpError>;

/** Where a mail was going. */
export interface Towards {
  readonly smtp: Smtp;
  /** host and port of the proxy on the way */
  readonly proxy: string | undefined;
  /** by which the mail is found, where it has arrived after all */
  readonly messageId: string;
}

/** Seconds after which a server that has no time now is asked again: sooner it has no more of it. */
const BUSY_SECONDS = 10;
const AT_ONCE = { after: 0 };
const LATER = { after: BUSY_SECONDS };

/** Letters of a server's answer in a sentence. */
const LONGEST_ANSWER = 200;

/** Why a mail was not sent, or may have been, and what to do about it. */
export function failedAttempt(error: unknown, handed: Handed, towards: Towards): Attempt {
  const { success, data } = smtpError.safeParse(error);
  if (!success) throw error;
  // Where the server has said a number it has decided. Where it said nothing behind the last dot it may have kept the mail.
  if (handed === "whole" && data.responseCode === undefined) return unanswered(data, towards);
  return { kind: "unsent", ...unsent(data, towards) };
}

/** A server's answer, quoted. */
export function quoted(answer: string): string {
  return `'${visibleLine(answer, LONGEST_ANSWER)}'`;
}

function unanswered({ code }: SmtpError, { smtp, messageId }: Towards): Attempt {
  const how = code === "ETIMEDOUT" || code === "EABORT" ? "doesn't say" : "cut the connection before it said";
  return {
    kind: "unknown",
    reason: `${serverOf(smtp)} has the mail and ${how} whether it takes it: look for the Message-ID ${messageId} in a mailbox of a recipient`,
  };
}

type Unsent = Pick<Extract<Attempt, { kind: "unsent" }>, "reason" | "retry">;

function unsent(error: SmtpError, towards: Towards): Unsent {
  const { code, command, response, responseCode } = error;
  if (code === "EPROXY" || command === undefined) return onTheWay(error, towards);
  if (code === "EDNS" || code === "ESOCKET") return unconnected(error, towards);
  if (code === "ETIMEDOUT") return silent(error, towards);
  if (code === "ETLS" && response !== undefined) return withoutTls(response, towards.smtp);
  if (responseCode !== undefined) return refused(error, towards);
  return unexpected(error, towards.smtp);
}

/** Before a word to the mail server: the proxy failed, or the time is over. */
function onTheWay(error: SmtpError, { smtp, proxy }: Towards): Unsent {
  const { message, code } = error;
  if (code === "EABORT" || code === "ETIMEDOUT") {
    const who = proxy === undefined ? serverOf(smtp) : `the proxy ${proxy}, or ${serverOf(smtp)} behind it,`;
    return { reason: `${who} doesn't answer in the time that there is`, retry: AT_ONCE };
  }
  if (proxy === undefined) return unexpected(error, smtp);
  const answer = /proxy: (\d+)/.exec(message)?.[1];
  if (answer !== undefined) return refusedByProxy(answer, proxy, smtp);
  const { message: reason } = asNetwork(code === "EPROXY" ? "the connection was cut" : message, code);
  return { reason: `the proxy ${proxy} can't be used: ${reason}; look at HTTPS_PROXY and NO_PROXY`, retry: AT_ONCE };
}

function refusedByProxy(answer: string, proxy: string, { host, port }: Smtp): Unsent {
  const why =
    answer === "407"
      ? "wants other credentials (407): look at HTTPS_PROXY"
      : `doesn't let mail through to ${host}:${port} (${answer}): have it allow the port`;
  // A gateway's answer: what is behind it may be back a moment later.
  return {
    reason: `the proxy ${proxy} ${why}, or add ${host} to NO_PROXY`,
    retry: /^5/.test(answer) ? AT_ONCE : undefined,
  };
}

function unconnected({ message, code, originalCode }: SmtpError, { smtp }: Towards): Unsent {
  const { message: reason, kind } = asNetwork(message, originalCode);
  const said = `${serverOf(smtp)}: ${reason}`;
  if (code === "EDNS")
    return { reason: `${said}; look at its name`, retry: originalCode === "ENOTFOUND" ? undefined : AT_ONCE };
  if (kind === "certificate") return { reason: `${said}; ${certificateHint(originalCode)}`, retry: undefined };
  if (kind === "scheme")
    return { reason: `${said}; port 465 and smtps:// speak TLS from the start, others by STARTTLS`, retry: undefined };
  return { reason: `${said}; is it up, and is the port right?`, retry: AT_ONCE };
}

function certificateHint(code = ""): string {
  if (/ALTNAME|HOSTNAME/.test(code)) return "take the name that it is certified for";
  if (/EXPIRED|NOT_YET/.test(code)) return "have it renewed, and look at this machine's clock";
  return "name its authority's certificate: NODE_EXTRA_CA_CERTS=FILE.pem";
}

function asNetwork(message: string, code: string | undefined): NetworkFailure {
  return networkFailure(
    Object.assign(new Error(visibleLine(message, LONGEST_ANSWER)), code === undefined ? {} : { code }),
    undefined,
  );
}

function silent({ timeoutType }: SmtpError, { smtp }: Towards): Unsent {
  const mayWaitForTls = timeoutType === "GREETING_TIMEOUT" && smtp.tls !== "first";
  const hint = mayWaitForTls ? ": if the port speaks TLS from the start, as 465 does, say smtps:// in SMTP_URL" : "";
  const what =
    timeoutType === "CONNECT_TIMEOUT" ? "can't be reached in time: is a firewall between?" : `doesn't answer${hint}`;
  return { reason: `${serverOf(smtp)} ${what}`, retry: AT_ONCE };
}

function withoutTls(response: string, smtp: Smtp): Unsent {
  return {
    reason: `${serverOf(smtp)} offers no TLS (${quoted(response)}) and nothing is sent in the clear: take its port that does, or set notify.email.smtp.require_tls: false`,
    retry: undefined,
  };
}

/** What the server says, with a number. */
function refused(error: SmtpError, { smtp }: Towards): Unsent {
  const { code, command = "", response = "", permanent } = error;
  const answer = quoted(response);
  const { what, next } = refusal(code, command, response, smtp);
  const said = `${serverOf(smtp)} ${what} (${answer})`;
  // What passes by itself is nothing to mend.
  return permanent === true ? { reason: `${said}: ${next}`, retry: undefined } : { reason: said, retry: LATER };
}

function refusal(
  code: string | undefined,
  command: string,
  response: string,
  { login }: Smtp,
): { what: string; next: string } {
  if (code === "EAUTH") {
    if (/^50[0-4]/.test(response))
      return { what: "takes no user and password", next: `leave out ${login?.named ?? "the user"}` };
    const named = login?.named ?? "user and password";
    return {
      what: "refuses the user or the password",
      next: `look at ${named}; Gmail, Microsoft 365 and others want an app password`,
    };
  }
  // https://www.rfc-editor.org/rfc/rfc4954#section-6
  if (/^530/.test(response) && login === undefined)
    return { what: "wants a user", next: "set notify.email.smtp.user and SMTP_PASSWORD, or SMTP_URL" };
  if (command === "MAIL FROM")
    return { what: "refuses the sender", next: "look at notify.email.from: may this user send as it?" };
  if (command === "RCPT TO") return { what: "refuses every recipient", next: "look at notify.email.to" };
  if (command === "DATA") return { what: "refuses the mail", next: "its answer says why" };
  return { what: "refuses the connection", next: "its answer says why" };
}

/** What came without a number. */
function unexpected({ message, code, response }: SmtpError, smtp: Smtp): Unsent {
  const server = serverOf(smtp);
  if (code === "ECONNECTION" || code === "ETLS") return { reason: `${server} cut the connection`, retry: AT_ONCE };
  if (code === "EPROTOCOL") {
    const said = response === undefined ? "" : ` (it says ${quoted(response)})`;
    return { reason: `${server} is no mail server${said}: look at host and port`, retry: undefined };
  }
  return { reason: `the mail can't be sent: ${visibleLine(message, LONGEST_ANSWER)}`, retry: undefined };
}

export function serverOf({ host, port }: Smtp): string {
  return `the mail server ${host.includes(":") ? `[${host}]` : host}:${port}`;
}
